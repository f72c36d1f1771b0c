// Storage in a real browser when it is full, forbidden, or cleared; and no other application's key.
import { describe, expect, test } from "vitest";
import { fillStorage, hasChromium, load, show, stored, until, useChromium } from "./browser-support.ts";

describe.runIf(hasChromium)("storage in Chromium", () => {
  const tools = useChromium();

  test("that is full keeps changes in the page, says so, and the server gets them", async () => {
    const { person, site } = tools();
    const page = await (await person()).tab();
    await page.evaluate(fillStorage);
    const theirs = await stored(page);
    site.weather = () => "down";
    expect(await page.evaluate(() => client.patch({ risk: "Aggressive" }))).toEqual({ status: "queued", persistent: false });
    expect(await show(page)).toMatchObject({ value: { risk: "Aggressive" }, persistent: false, pending: 1 });
    expect(await stored(page)).toEqual(theirs);
    site.weather = () => "fine";
    await until(page, ({ pending }) => pending === 0);
    expect(await show(page)).toMatchObject({ value: { risk: "Aggressive" }, persistent: true });
    expect(await stored(page)).toEqual(theirs);
  });

  test("that was cleared under a running page is filled again, and nothing of the server is lost", async () => {
    const page = await (await tools().person()).tab();
    await load(page);
    await page.evaluate(() => client.patch({ risk: "Aggressive" }));
    await page.evaluate(() => localStorage.clear());
    expect(await load(page)).toMatchObject({ value: { risk: "Aggressive" }, source: "server", pending: 0 });
    expect(Object.keys(await stored(page))).toHaveLength(1);
  });

  test("holds keys of td and of this user only, hidden from other users, and none after signing out", async () => {
    const { person, site } = tools();
    const { tab, user } = await person();
    const page = await tab();
    await page.evaluate(() => localStorage.setItem("theirs", "1"));
    await load(page);
    site.weather = () => "down";
    await page.evaluate(() => client.patch({ risk: "Aggressive" }));
    const names = Object.keys(await stored(page)).filter((name) => name !== "theirs");
    expect(names.filter((name) => !/^td\.prefs\/[0-9a-f]{28}\/(server|edit\/[-0-9a-z]+)$/.test(name))).toEqual([]);
    expect(names.join().includes(user)).toBe(false);
    expect(await page.evaluate(() => td.open("somebody else").get())).toMatchObject({ source: "defaults", value: { risk: "Moderate" } });
    expect(await page.evaluate(() => client.forget())).toBe(false);
    expect(await show(page)).toMatchObject({ value: { risk: "Aggressive" } });
    expect(await page.evaluate(() => client.forget({ loseChanges: true }))).toBe(true);
    expect(await stored(page)).toEqual({ theirs: "1" });
    expect(await show(page)).toMatchObject({ value: { risk: "Moderate" }, source: "defaults", pending: 0 });
  });

  test("whose own texts somebody has broken is like an empty one", async () => {
    const { tab } = await tools().person();
    const page = await tab();
    await load(page);
    await page.evaluate(() => client.patch({ risk: "Aggressive" }));
    const broken = await page.evaluate(() => {
      for (const name of Object.keys(localStorage)) localStorage.setItem(name, "{broken");
      localStorage.setItem(`${Object.keys(localStorage)[0]?.replace("server", "edit/")}zz-zz`, "{broken");
      return Object.keys(localStorage).length;
    });
    expect(broken).toBe(2);
    const next = await tab();
    expect(await show(next)).toMatchObject({ source: "defaults", pending: 0 });
    expect(await load(next)).toMatchObject({ value: { risk: "Aggressive" }, source: "server" });
  });
});
