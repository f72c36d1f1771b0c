// The little that this page needs of a framework.

/** The element with an id. Throws when the page has none. */
export function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`the page has no ${type.name} called ${id}`);
  return found;
}

/** Makes an element with properties and contents. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Partial<HTMLElementTagNameMap[Tag]> = {},
  ...contents: readonly (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...contents);
  return element;
}

/** A button that does something. Its name for screen readers says to what, when `about` is given. */
export function button(
  text: string,
  action: () => void,
  options: { readonly about?: string; readonly look?: string } = {},
): HTMLButtonElement {
  const made = make("button", { type: "button", className: options.look ?? "" }, text);
  if (options.about !== undefined) made.setAttribute("aria-label", `${text} ${options.about}`);
  made.addEventListener("click", action);
  return made;
}

/** Sets a text only when it is another one, so that screen readers say it once. */
export function say(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Makes a list's items anew, and leaves the focus in the list, or on its heading, when the item that had it is gone. */
export function fill(list: HTMLElement, items: readonly HTMLElement[], heading: HTMLElement): void {
  const focused = [...list.children].findIndex((item) => item.contains(document.activeElement));
  list.replaceChildren(...items);
  if (focused < 0) return;
  const next = items[Math.min(focused, items.length - 1)]?.querySelector("button") ?? heading;
  next.focus();
}
