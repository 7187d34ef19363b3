import type { JsonObject } from "../../core/mod.ts";
import { characters, exampleId, integerBetween, pickOne } from "./random.ts";

/** Someone in an example life. */
export interface Person {
  /** What their other ids are made of. */
  readonly key: string;
  readonly userId: string;
  readonly emailId: string;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly imageUrl: string;
  readonly phoneId: string;
  /** From the range that is kept free for fiction. */
  readonly phone: string;
  readonly clientIp: string;
  readonly createdAtMs: number;
}

const FIRST_NAMES = [
  "Ada",
  "Ben",
  "Carol",
  "Dora",
  "Emre",
  "Femi",
  "Grace",
  "Hana",
  "Ines",
  "Jun",
  "Kofi",
  "Lena",
  "Mira",
  "Nils",
  "Olga",
  "Priya",
  "Rosa",
  "Sami",
  "Tove",
  "Zoe",
] as const;

const LAST_NAMES = [
  "Abara",
  "Berg",
  "Castro",
  "Demir",
  "Eklund",
  "Fischer",
  "Garcia",
  "Haddad",
  "Ito",
  "Jansen",
  "Kowalski",
  "Larsen",
  "Moreau",
  "Novak",
  "Okafor",
  "Patel",
  "Rossi",
  "Silva",
  "Tanaka",
  "Weber",
] as const;

export function makePerson(key: string, createdAtMs: number): Person {
  const firstName = pickOne(`${key}/first`, FIRST_NAMES);
  const lastName = pickOne(`${key}/last`, LAST_NAMES);
  // Names repeat among many people; addresses must not, as in Clerk.
  const suffix = characters(`${key}/suffix`, { alphabet: "abcdefghjkmnpqrstuvwxyz23456789", length: 8 });
  const line = String(integerBetween(`${key}/line`, [0, 99])).padStart(2, "0");
  return {
    key,
    userId: exampleId("user_", key),
    emailId: exampleId("idn_", `${key}/email`),
    email: `${firstName}.${lastName}.${suffix}@example.com`.toLowerCase(),
    firstName,
    lastName,
    imageUrl: imageUrl(key),
    phoneId: exampleId("idn_", `${key}/phone`),
    phone: `+1${integerBetween(`${key}/area`, [201, 989])}55501${line}`,
    clientIp: `203.0.113.${integerBetween(`${key}/ip`, [1, 254])}`,
    createdAtMs,
  };
}

/** A picture's address, as Clerk's image server has them. */
export function imageUrl(key: string): string {
  return `https://img.clerk.com/${characters(`${key}/image`, { alphabet: "0123456789abcdef", length: 24 })}`;
}

/** The `public_user_data` of a membership. */
export function publicUserData(person: Person): JsonObject {
  return {
    first_name: person.firstName,
    has_image: false,
    identifier: person.email,
    image_url: person.imageUrl,
    last_name: person.lastName,
    profile_image_url: "https://www.gravatar.com/avatar?d=mp",
    user_id: person.userId,
  };
}
