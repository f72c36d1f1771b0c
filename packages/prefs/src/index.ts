// Front door of @td/prefs. Not built yet: the error family stands, the functions do not.
export { PrefsError, type PrefsErrorCode } from "./errors.ts";
