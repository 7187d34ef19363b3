import type { JsonObject } from "../../core/mod.ts";
import type { Company } from "./company.ts";
import type { Person } from "./person.ts";
import { exampleId } from "./random.ts";

/** The payer of a person's own subscription. What does not apply is an empty string, as Clerk sends it. */
export function personPayer(person: Person): JsonObject {
  return {
    created_at: person.createdAtMs,
    email: person.email,
    first_name: person.firstName,
    id: exampleId("cpayer_", person.key),
    image_url: person.imageUrl,
    last_name: person.lastName,
    object: "commerce_payer",
    organization_id: "",
    organization_name: "",
    updated_at: person.createdAtMs,
    user_id: person.userId,
  };
}

/** The payer of an organization's subscription. */
export function companyPayer(company: Company): JsonObject {
  return {
    created_at: company.createdAtMs,
    email: company.founder.email,
    first_name: "",
    id: exampleId("cpayer_", company.key),
    image_url: company.imageUrl,
    last_name: "",
    object: "commerce_payer",
    organization_id: company.organizationId,
    organization_name: company.name,
    updated_at: company.createdAtMs,
    user_id: "",
  };
}
