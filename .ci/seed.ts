// With TD_SEED every random test of a run draws from that one seed; without it each draws its own and prints it.
import fc from "fast-check";

const { TD_SEED } = process.env;
if (TD_SEED !== undefined) {
  if (!/^-?\d{1,10}$/.test(TD_SEED))
    throw new Error(`TD_SEED=${TD_SEED} is no seed: give a whole number, such as one that a failed test printed`);
  fc.configureGlobal({ seed: Number(TD_SEED) });
}
