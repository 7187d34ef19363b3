import { type DocketEffect, type EntityRef, refKey } from "../../core/mod.ts";

/** The effects of one tag, in order. */
export function taggedWith<T extends DocketEffect["_tag"]>(
  effects: readonly DocketEffect[],
  tag: T,
): readonly Extract<DocketEffect, { readonly _tag: T }>[] {
  return effects.filter((it): it is Extract<DocketEffect, { readonly _tag: T }> => it._tag === tag);
}

/** The last one of each entity. The reducer emits versions and tombstones in rising order, so it is the newest. */
export function lastByRef<T extends { readonly ref: EntityRef }>(items: readonly T[]): readonly T[] {
  return [...new Map(items.map((item) => [refKey(item.ref), item])).values()];
}
