import { choices, selectBox } from "./choices.ts";
import type { Client, Shown } from "./client.ts";
import { button, byId, make } from "./dom.ts";

/** What people call the modes. */
const MODES = {
  Scalping: "Scalping",
  Intraday: "Intraday",
  Swing: "Swing",
  Options: "Options",
  Futures: "Futures",
  Commodity: "Commodity",
};
const UNIVERSES = { NIFTY50: "Nifty 50", BANKNIFTY: "Bank Nifty", NIFTY100: "Nifty 100", NIFTY500: "Nifty 500" };
const REGIONS = { India: "India", Global: "Global" };
const RISKS = { Conservative: "Conservative", Moderate: "Moderate", Aggressive: "Aggressive" };
type Mode = keyof typeof MODES;

/** Builds the form of the preferences. Returns what shows a snapshot in it. */
export function preferencesForm(client: Client): (shown: Shown) => void {
  const universe = selectBox("Universe", UNIVERSES, (chosen) => void client.patch({ universe: chosen as keyof typeof UNIVERSES }));
  const region = choices(
    "radio",
    "Market region",
    REGIONS,
    (chosen) => void client.patch({ marketRegion: chosen as keyof typeof REGIONS }),
  );
  const risk = choices("radio", "Risk profile", RISKS, (chosen) => void client.patch({ riskProfile: chosen as keyof typeof RISKS }));
  const modes = choices("checkbox", "Trading modes", MODES, (mode, on) => void client.patch({ tradingModes: { [mode]: on } }));
  const primary = selectBox("Primary mode", MODES, (chosen) => void client.patch({ primaryMode: chosen as Mode }));
  const auxiliary = choices(
    "checkbox",
    "Auxiliary modes",
    MODES,
    (mode, on) => void client.patch({ auxiliaryModes: withMode(client, mode, on) }),
  );
  const disclosure = disclosureBox(client);
  const form = byId("preferences", HTMLFormElement);
  form.append(...[universe, region, risk, modes, primary, auxiliary, disclosure].map(({ element }) => element));
  return ({ value }) => {
    universe.show(value.universe);
    region.show([value.marketRegion]);
    risk.show([value.riskProfile]);
    modes.show(Object.entries(value.tradingModes).flatMap(([mode, on]) => (on === true ? [mode] : [])));
    primary.show(value.primaryMode);
    auxiliary.show(value.auxiliaryModes);
    disclosure.show(value.disclosureAccepted ? value.disclosureVersion : undefined);
  };
}

function withMode(client: Client, mode: string, on: boolean): Mode[] {
  const others = client.get().value.auxiliaryModes.filter((other) => other !== mode);
  return on ? [...others, mode as Mode] : others;
}

/** Accepting cannot be taken back, so that it is a button and no check box. */
function disclosureBox(client: Client): { readonly element: HTMLElement; show(version: string | undefined): void } {
  const state = make("p");
  const accept = button("Accept the risk disclosure", () => {
    void client.patch({ disclosureAccepted: true, disclosureVersion: "v1" });
    state.focus();
  });
  state.tabIndex = -1;
  return {
    element: make("div", { className: "disclosure" }, state, accept),
    show: (version) => {
      state.textContent =
        version === undefined ? "Trading can lose more than you put in." : `You have accepted the risk disclosure, version ${version}.`;
      accept.hidden = version !== undefined;
    },
  };
}
