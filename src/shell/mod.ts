/**
 * Docket for those who use it: what `docket.config.ts` is made of.
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
export { type DocketConfig, defineConfig, type Handler, type HandlerContext } from "./config/define_config.ts";
/** The tables of schema `clerk` for your own Kysely: `new Kysely<DocketTables>(...)`. */
export type { ClerkTables as DocketTables } from "./tables/mod.ts";
