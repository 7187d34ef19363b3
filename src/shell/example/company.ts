import type { JsonObject } from "../../core/mod.ts";
import { imageUrl, type Person } from "./person.ts";
import { characters, exampleId, pickOne } from "./random.ts";

/** The organization of an example life. */
export interface Company {
  /** What its other ids are made of. */
  readonly key: string;
  readonly organizationId: string;
  readonly name: string;
  readonly slug: string;
  readonly domain: string;
  readonly imageUrl: string;
  readonly founder: Person;
  readonly createdAtMs: number;
}

export interface CompanyOptions {
  readonly founder: Person;
  readonly createdAtMs: number;
}

const FIRST_WORDS = ["Amber", "Blue", "Copper", "Dune", "Fern", "Granite", "Harbor", "Lark", "Maple", "North"] as const;
const SECOND_WORDS = ["Bakery", "Cycles", "Foundry", "Gardens", "Labs", "Optics", "Press", "Studio", "Works"] as const;

export function makeCompany(key: string, options: CompanyOptions): Company {
  const name = `${pickOne(`${key}/first`, FIRST_WORDS)} ${pickOne(`${key}/second`, SECOND_WORDS)}`;
  // Slugs are unique in an instance.
  const suffix = characters(`${key}/suffix`, { alphabet: "abcdefghjkmnpqrstuvwxyz23456789", length: 8 });
  const slug = `${name.toLowerCase().replace(" ", "-")}-${suffix}`;
  return {
    key,
    organizationId: exampleId("org_", key),
    name,
    slug,
    domain: `${slug}.example`,
    imageUrl: imageUrl(key),
    ...options,
  };
}

/** The `public_organization_data` of an invitation or a domain. */
export function publicOrganizationData(company: Company): JsonObject {
  return {
    has_image: false,
    id: company.organizationId,
    image_url: company.imageUrl,
    name: company.name,
    slug: company.slug,
  };
}
