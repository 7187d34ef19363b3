/**
 * Docket for those who use it: what `docket.config.ts` is made of, and `docket()`, a whole Docket in your own process.
 *
 * @module
 */
export {
  builtin,
  type Change,
  type Decide,
  type EntityRef,
  type Job,
  type JobOptions,
  type JobRate,
  type Json,
  type JsonObject,
  job,
  type Kind,
  type Policy,
  type PolicyOf,
  type PolicyOptions,
  policy,
  type Side,
  type Span,
  type Until,
  type Values,
} from "../core/mod.ts";
export { type DocketConfig, defineConfig, type Hooks } from "./config/define_config.ts";
export { type Docket, docket, type WaitRowOptions } from "./docket.ts";
export { DocketError } from "./docket_error.ts";
export type { DocketOptions } from "./docket_options.ts";
export { type EmailHandlerOptions, email } from "./handler/email.ts";
export { PermanentFailure, RateLimited, TransientFailure } from "./handler/failure.ts";
export {
  type Handler,
  type HandlerContext,
  type HandlerRun,
  type HandlerSpec,
  type HandlingOptions,
  handler,
} from "./handler/handler.ts";
export { type Html, html } from "./handler/html.ts";
export type { MailTemplate } from "./handler/mail_template.ts";
export { type WebhookOptions, webhook } from "./handler/outgoing_webhook.ts";
export type { Secret } from "./handler/secret.ts";
export { type SlackOptions, slack } from "./handler/slack.ts";
export type { Quiet } from "./silence/decide_quiet.ts";
export type { BehindClerk, SilenceFinding } from "./silence/finding.ts";
export type { SilenceAlarm, SilenceHook } from "./silence/tell_hook.ts";
export type { EntityRow } from "./tables/entity_row.ts";
/** The tables of schema `clerk` for your own Kysely: `new Kysely<DocketTables>(...)`. */
export type { ClerkTables as DocketTables } from "./tables/mod.ts";
