// Front door of @td/backup. Not built yet: the error family stands, the functions do not.
export { BackupError, type BackupErrorCode } from "./errors.ts";
