// The two decimal columns of td's own tables.
import type { Decimal } from "decimal.js";
import { c } from "../table/columns.ts";
import type { Column, DecimalInput } from "../table/columns.ts";

/** A quantity, price or fee as a market states it: 20 digits before the point, 18 after it. */
export const amount = (): Column<Decimal, DecimalInput, false, "required"> => c.decimal(38, 18);

/**
 * A value that somebody's program computed, often in floating point: 40 digits before the point, 36 after it. The noise of a double
 * (`5.551115123125783e-17`) and the product of two amounts both fit, so neither is refused.
 */
export const computed = (): Column<Decimal, DecimalInput, false, "required"> => c.decimal(76, 36);
