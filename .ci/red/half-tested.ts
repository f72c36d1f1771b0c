/** A function of which the fixtures test one half. */
export function sign(value: number): string {
  if (value < 0) return "minus";
  if (value > 0) return "plus";
  return "none";
}
