import { make } from "./dom.ts";

/** Names and what people call them. */
export type Labels = Readonly<Record<string, string>>;

/** A group of radio buttons or check boxes. */
export interface Choices {
  readonly element: HTMLFieldSetElement;
  /** Shows these as chosen. */
  show(chosen: readonly string[]): void;
}

/** Makes the group; `choose` hears which one was changed, and to what. */
export function choices(
  type: "radio" | "checkbox",
  legend: string,
  labels: Labels,
  choose: (name: string, on: boolean) => void,
  hint = "",
): Choices {
  const inputs = Object.keys(labels).map((value) => make("input", { type, name: legend, value }));
  const options = inputs.map((input) =>
    make("label", { className: "choice" }, input, make("span", {}, labels[input.value] ?? input.value)),
  );
  const title = make("legend", {}, legend, ...(hint === "" ? [] : [make("span", { className: "hint" }, hint)]));
  const element = make("fieldset", {}, title, make("div", { className: "choices" }, ...options));
  for (const input of inputs) input.addEventListener("change", () => choose(input.value, input.checked));
  return {
    element,
    show: (chosen) => {
      for (const input of inputs) input.checked = chosen.includes(input.value);
    },
  };
}

/** A select box with its label. */
export function selectBox(
  label: string,
  labels: Labels,
  choose: (name: string) => void,
): { readonly element: HTMLElement; show(chosen: string): void } {
  const id = label.toLowerCase().replaceAll(" ", "-");
  const select = make("select", { id }, ...Object.entries(labels).map(([value, text]) => make("option", { value }, text)));
  select.addEventListener("change", () => choose(select.value));
  const element = make("div", { className: "field" }, make("label", { htmlFor: id }, label), select);
  return {
    element,
    show: (chosen) => {
      select.value = chosen;
    },
  };
}
