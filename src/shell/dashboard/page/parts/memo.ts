import { Component, type ComponentType, type FunctionComponent, h, type VNode } from "preact";

/** A component that is drawn again only when one of its properties is another. */
export function memo<P extends object>(Inner: FunctionComponent<P>): ComponentType<P> {
  return class Memo extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>): boolean {
      const [before, after] = [this.props, next] as readonly Readonly<Record<string, unknown>>[];
      const names = new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})]);
      return [...names].some((name) => before?.[name] !== after?.[name]);
    }

    override render(): VNode<object> {
      return h(Inner as FunctionComponent<object>, this.props);
    }
  };
}
