// The user's theme: a preference behind td's handlers, known at once from what this browser kept, and the same on every device.
import { createPreferencesClient, type PreferencesClient } from "@td/prefs/browser";
import { useEffect, useState } from "react";

type Theme = "system" | "light" | "dark";

/** What the host declares in `server/preferences.ts`, without the schema: the page needs no zod. */
interface PagePreferences {
  readonly theme: Theme;
  readonly zone: string;
}

const THEMES: readonly (readonly [Theme, string])[] = [
  ["system", "Device"],
  ["light", "Light"],
  ["dark", "Dark"],
];

/** The client of a user's preferences. */
export function preferencesOf(account: string): PreferencesClient<PagePreferences> {
  return createPreferencesClient<PagePreferences>(
    { version: 1, defaults: { theme: "system", zone: "UTC" } },
    { account, baseUrl: "/api/user" },
  );
}

/** The choice, which is shown at once and kept. */
export function ThemeChoice({ preferences }: { readonly preferences: PreferencesClient<PagePreferences> }) {
  const [theme, setTheme] = useState(() => preferences.get().value.theme);
  useEffect(() => {
    const end = preferences.subscribe(({ value }) => setTheme(value.theme));
    void preferences.load();
    return end;
  }, [preferences]);
  useEffect(() => {
    document.documentElement.dataset["theme"] = theme;
  }, [theme]);
  return (
    <label className="theme">
      <span className="hidden">Theme</span>
      <select value={theme} onChange={({ target }) => void preferences.patch({ theme: target.value as Theme })}>
        {THEMES.map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}
