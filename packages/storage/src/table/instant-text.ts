// The canonical text of a stored instant. Rows that are read one after the other are most often of one day, whose date is written once.
import { writeInstant } from "@td/fifo/values";

const DAY = 86_400_000_000;

let [day, date] = [Number.NaN, ""];

/** The canonical text of a microsecond since 1970, as `writeInstant` of `@td/fifo` gives it. */
export function instantText(micros: number): string {
  const days = Math.floor(micros / DAY);
  if (days !== day) [day, date] = [days, writeInstant(days * DAY).slice(0, 11)];
  return date + timeText(micros - days * DAY);
}

function timeText(micros: number): string {
  const seconds = Math.floor(micros / 1_000_000);
  const minutes = Math.floor(seconds / 60);
  // Beside a leading one, the zeros in front are written by themselves.
  const fraction = String(micros - seconds * 1_000_000 + 1_000_000).slice(1);
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:${two(seconds % 60)}.${fraction}Z`;
}

const two = (count: number): string => (count < 10 ? `0${count}` : `${count}`);
