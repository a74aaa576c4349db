/** Makes elements. Text is only ever set as text, so nothing that anybody writes can become part of the page. */

type Child = Node | string | false | null | undefined;
type Props = Record<string, string | number | boolean | null | undefined | ((event: never) => void)>;

/** An HTML element. `on...` listens, true sets an empty attribute, false and null set none. */
export function h<K extends keyof HTMLElementTagNameMap>(tag: K, props?: Props, ...children: Child[]) {
  return filled(document.createElement(tag), props, children);
}

/** An SVG element. */
export function s<K extends keyof SVGElementTagNameMap>(tag: K, props?: Props, ...children: Child[]) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), props, children);
}

function filled<E extends Element>(made: E, props: Props | undefined, children: Child[]): E {
  for (const [name, value] of Object.entries(props ?? {})) {
    if (typeof value === "function") made.addEventListener(name.slice(2), value as EventListener);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value != null) made.setAttribute(name, String(value));
  }
  made.append(...children.filter((child): child is Node | string => !!child));
  return made;
}

/** Text that only a screen reader gets. */
export function forReaders(text: string): HTMLElement {
  return h("span", { class: "readers" }, text);
}
