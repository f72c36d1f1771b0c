// What must not compile: taking a sealed value for a text, opening without saying who.
import { expectTypeOf } from "vitest";
import type { Credential, Credentials, SecretText } from "../src/index.ts";

declare const credentials: Credentials;
declare const opened: Credential;

expectTypeOf(opened.secret["apiKey"]).toEqualTypeOf<SecretText | undefined>();
expectTypeOf(opened.secret["apiKey"]?.reveal()).toEqualTypeOf<string | undefined>();
expectTypeOf(opened).not.toHaveProperty("sealed");

// @ts-expect-error a sealed value is not a text
export const text: string = opened.secret["apiKey"];
// @ts-expect-error it has no text that is reached by another name
export const hidden: unknown = opened.secret["apiKey"]?.text;
// @ts-expect-error who opens it must be said
export const anonymous = credentials.open("main");
// @ts-expect-error there are two modes
export const real = credentials.open("main", { actor: "bot", mode: "real" });
// @ts-expect-error a value is a text
export const number = credentials.put({ id: "main", broker: "zerodha", mode: "paper", secret: { pin: 1234 } });
