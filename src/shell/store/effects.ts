import { type DocketEffect, type EntityRef, refKey } from "../../core/mod.ts";

/** The effects of one tag, in order. */
export function taggedWith<T extends DocketEffect["_tag"]>(
  effects: readonly DocketEffect[],
  tag: T,
): readonly Extract<DocketEffect, { readonly _tag: T }>[] {
  return effects.filter((it): it is Extract<DocketEffect, { readonly _tag: T }> => it._tag === tag);
}

/** As `taggedWith` of the same effects, for asking about many tags: they are gone through once. */
export function tagsOf(
  effects: readonly DocketEffect[],
): <T extends DocketEffect["_tag"]>(tag: T) => readonly Extract<DocketEffect, { readonly _tag: T }>[] {
  const byTag = Map.groupBy(effects, ({ _tag }) => _tag);
  return <T extends DocketEffect["_tag"]>(tag: T) =>
    (byTag.get(tag) ?? []) as readonly DocketEffect[] as readonly Extract<DocketEffect, { readonly _tag: T }>[];
}

/** The last one of each entity. The reducer emits versions and tombstones in rising order, so it is the newest. */
export function lastByRef<T extends { readonly ref: EntityRef }>(items: readonly T[]): readonly T[] {
  return [...new Map(items.map((item) => [refKey(item.ref), item])).values()];
}

/** Those that it is true of, and the others. */
export function parted<T>(items: readonly T[], isFirst: (item: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}
