// The application's processes, as hooks of the host. td starts and stops nothing by itself.
import { BackupError } from "./errors.ts";

/** How to stop, start and ask the application. Each hook may be called when there is nothing to do: stopping what is stopped is fine. */
export interface Services {
  /** Stops everything that has files of the tree open. Resolves when it has ended, not when it was told to. */
  readonly stop: () => Promise<void>;
  /** Starts it again. */
  readonly start: () => Promise<void>;
  /** Resolves when the application works with its data, throws when it does not. */
  readonly health?: () => Promise<void>;
  /** Time for each hook in milliseconds. Default 60,000. */
  readonly timeoutMs?: number;
}

/** Calls a hook. Throws `services-failed` when it throws or takes too long. */
export async function callHook(services: Services | undefined, name: "stop" | "start" | "health"): Promise<void> {
  const hook = services?.[name];
  if (hook === undefined) return;
  const limit = services?.timeoutMs ?? 60_000;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`took longer than ${limit} ms`)), limit);
  });
  try {
    await Promise.race([Promise.resolve().then(() => hook.call(services)), late]);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new BackupError("services-failed", `The ${name} hook failed: ${why}.`, { facts: { hook: name }, retryable: true, cause });
  } finally {
    clearTimeout(timer);
  }
}
