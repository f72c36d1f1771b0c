// Text of amounts and times. Amounts stay the text that they came as: grouped and signed, never rounded and never a number.

/** The parts of decimal text: `-1234.5` is `−`, `1,234`, `.5`. */
export function amountParts(text: string): { readonly sign: "" | "−"; readonly whole: string; readonly fraction: string } {
  const negative = text.startsWith("-");
  const [whole = "0", fraction = ""] = (negative ? text.slice(1) : text).split(".");
  return { sign: negative ? "−" : "", whole: whole.replace(/\B(?=(\d{3})+$)/g, ","), fraction: fraction === "" ? "" : `.${fraction}` };
}

/** The whole of it. */
export function amountText(text: string): string {
  const { sign, whole, fraction } = amountParts(text);
  return sign + whole + fraction;
}

/** Whether an amount is above, below or equal to nothing. */
export function signOf(text: string): "gain" | "loss" | "none" {
  if (!/[1-9]/.test(text)) return "none";
  return text.startsWith("-") ? "loss" : "gain";
}

const DAY = new Intl.DateTimeFormat("en-GB", { day: "2-digit", month: "short", year: "numeric", timeZone: "UTC" });
const SHORT = new Intl.DateTimeFormat("en-GB", { day: "2-digit", month: "short", timeZone: "UTC" });
const MONTH = new Intl.DateTimeFormat("en-GB", { month: "short", timeZone: "UTC" });

/** `04 Mar 2026`, in UTC. */
export const dayText = (at: string): string => DAY.format(new Date(at));
/** `04 Mar`. */
export const shortDay = (at: string): string => SHORT.format(new Date(at));
/** `Mar`. */
export const monthText = (at: string): string => MONTH.format(new Date(at));
/** `12:00:01`, in UTC. */
export const timeText = (at: string): string => at.slice(11, 19);
