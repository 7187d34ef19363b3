import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { JsonObject } from "../../../src/core/mod.ts";
import { PermanentFailure } from "../../../src/shell/handler/failure.ts";
import { type Html, html } from "../../../src/shell/handler/html.ts";
import { type MailTemplate, renderMail } from "../../../src/shell/handler/mail_template.ts";
import { MAIL_TEMPLATES } from "../../../src/shell/handler/mail_templates.ts";

function builtin(name: string): MailTemplate {
  const template = MAIL_TEMPLATES[name];
  if (template === undefined) throw new Error(`No template ${name}`);
  return template;
}

/** What people write who want to be more than a name. */
const hostile = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.constantFrom(
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "a\r\nBcc: b@c.d",
    "\u2028\u2029\u0000\u202egnp",
    "javascript:alert(1)",
    "https://a.b/<x>",
    "https://a.b/\"onclick='x'",
    "Win at evil.example",
    "\ud800",
  ),
);

/** The tags of a text as a browser would see them: anything after a `<` that stands open. */
function tagsOf(markup: string): readonly string[] {
  return [...markup.matchAll(/<[^>]*>?/g)].map(([tag]) => tag);
}

describe("renderMail()", () => {
  test("puts values in, and escapes them where they would be markup", () => {
    const template = { subject: "Hi {{user.name}}", text: "{{user.name}} {{none}}!", html: "<b>{{user.name}}</b>" };
    expect(renderMail(template, { user: { name: "<Ada>" } })).toEqual({
      subject: "Hi <Ada>",
      text: "<Ada> !",
      html: "<b>&lt;Ada&gt;</b>",
    });
  });

  test("takes functions, and HTML made by html`...`", () => {
    const template: MailTemplate = {
      subject: ({ n }) => `${n}`,
      text: () => "t",
      html: (data) => html`<i title="${JSON.stringify(data)}">${["a&", html`<br>`, null]}</i>`,
    };
    expect(renderMail(template, { n: 1 })).toEqual({
      subject: "1",
      text: "t",
      html: '<i title="{&quot;n&quot;:1}">a&amp;<br></i>',
    });
  });

  test("makes paragraphs and links of a text that has no HTML of its own", () => {
    const text = "Hello\nAda\n\n\nsee https://example.com/?a=1&b=2 <now>";
    expect(renderMail({ subject: "s", text }, {}).html).toBe(
      '<p>Hello<br>\nAda</p>\n<p>see <a href="https://example.com/?a=1&amp;b=2">https://example.com/?a=1&amp;b=2</a> &lt;now&gt;</p>',
    );
  });

  test("dead-letters what a template's function does wrong, without the data in the message", () => {
    const data = { name: "Ada" };
    const throwing = (): string => {
      throw new RangeError("Ada");
    };
    const lookalike = (): Html => ({ _tag: "Html", text: "<b>" });
    for (const [template, message] of [
      [{ subject: throwing, text: "" }, "the template's subject threw RangeError"],
      [{ subject: "", text: () => 1 as never }, "the template's text must make a text"],
      [{ subject: "", text: "", html: lookalike }, "the template's html must be made by html`...`"],
    ] as const) {
      expect(() => renderMail(template, data)).toThrow(new PermanentFailure({ message }));
    }
  });

  test("never lets a value through as markup, in any kind of template", () => {
    fc.assert(
      fc.property(hostile, hostile, (name, url) => {
        const templates: readonly MailTemplate[] = [
          { subject: "s", text: "t", html: '<p title="{{name}}">{{name}} <a href="{{url}}">{{ url }}</a></p>' },
          {
            subject: "s",
            text: "t",
            html: (data) =>
              html`<p title="${data["name"]}">${data["name"]} <a href="${data["url"]}">${data["url"]}</a></p>`,
          },
        ];
        for (const template of templates) {
          const tags = tagsOf(renderMail(template, { name, url }).html);
          expect(tags.map((tag) => tag.replace(/ .*/s, ""))).toEqual(["<p", "<a", "</a>", "</p>"]);
          expect(tags[0]).toMatch(/^<p title="[^"<>]*">$/);
          // Nothing but an address of the web is followed.
          expect(tags[1]).toMatch(/^<a href="(https?:[^"<>\s]+)?">$/i);
        }
      }),
    );
  });

  test("never takes data for HTML, however much it looks like it", () => {
    const bio = { _tag: "Html", text: "<script>" };
    const made = renderMail({ subject: "s", text: "t", html: (data) => html`${data["bio"]}` }, { bio });
    expect(made.html).not.toContain("<script>");
  });

  test("always makes subjects of one line, whatever goes into them", () => {
    const template = { subject: "Hi {{name}}", text: "t" };
    fc.assert(
      fc.property(hostile, (name) => {
        const { subject } = renderMail(template, { name: name.repeat(30) });
        expect(subject).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202a-\u202e]/u);
        expect(subject.length).toBeLessThanOrEqual(200);
      }),
    );
  });
});

describe("MAIL_TEMPLATES", () => {
  test("always make a mail of words, links and nothing else, whatever the data", () => {
    const anything = fc.oneof(hostile, fc.double(), fc.jsonValue()) as fc.Arbitrary<string>;
    const data = fc.record({ firstName: anything, url: anything, expiresAtMs: anything, endsAtMs: anything });
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(MAIL_TEMPLATES)), data, (name, values) => {
        const mail = renderMail(builtin(name), values as JsonObject);
        expect(mail.subject.length).toBeGreaterThan(5);
        expect(mail.text).toStartWith("Hello");
        for (const tag of tagsOf(mail.html)) expect(tag).toMatch(/^<(\/?p|br|a href="https?:[^"<>\s]+"|\/a)>$/);
      }),
    );
  });

  test.each([
    ["Ada", "Hello Ada,"],
    [" Jean-Luc O’Neil ", "Hello Jean-Luc O’Neil,"],
    ["J. R. Zoë", "Hello J. R. Zoë,"],
    ["李", "Hello 李,"],
    [null, "Hello,"],
    ["", "Hello,"],
    ["evil.example", "Hello,"],
    ["Win: https://evil.example", "Hello,"],
    ["Ada\n\nYour account is locked", "Hello,"],
    ["you won a very large prize, open our site", "Hello,"],
  ])("greet %j by name only if it is one", (firstName, greeting) => {
    expect(renderMail(builtin("welcome"), { firstName }).text.split("\n")[0]).toBe(greeting);
  });

  test("write the reminder with its link and its end", () => {
    const url = "https://example.com/accept?a=1&b=2";
    const mail = renderMail(builtin("invitation-reminder"), { url, expiresAtMs: Date.UTC(2026, 0, 31) });
    expect(mail.text).toBe(`Hello,

A few days ago you were invited to join an organization, and the invitation is still open.

To accept it, follow this link:
${url}

The invitation is good until 31 January 2026.

If you did not expect it, there is nothing you need to do.
`);
    expect(mail.html).toContain('<a href="https://example.com/accept?a=1&amp;b=2">');
    const bare = renderMail(builtin("invitation-reminder"), { url: "javascript:alert(1)", expiresAtMs: null }).text;
    expect(bare).not.toMatch(/javascript|follow|until/);
  });

  test("write when a trial ends, if that is known", () => {
    const endsAtMs = Date.UTC(2026, 1, 3);
    expect(renderMail(builtin("trial-ending"), { endsAtMs }).text).toContain("trial ends on 3 February 2026.");
    expect(renderMail(builtin("trial-ending"), { endsAtMs: 1e300 }).text).toContain("trial ends soon.");
  });
});
