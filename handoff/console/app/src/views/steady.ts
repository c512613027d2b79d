import { Component } from "preact";
import type { ComponentChild } from "preact";

/** A component that is drawn again only when one of its properties is another one: for rows by the hundred. */
export function steady<Props extends object>(draw: (props: Props) => ComponentChild) {
  return class Steady extends Component<Props> {
    override shouldComponentUpdate(next: Props): boolean {
      const now = this.props as Record<string, unknown>;
      return Object.entries(next).some(([name, value]) => now[name] !== value);
    }
    override render(): ComponentChild {
      return draw(this.props);
    }
  };
}
