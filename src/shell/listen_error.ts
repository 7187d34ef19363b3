import { SettingError } from "./app_config.ts";

/** Which setting is wrong when listening fails, and what to do. */
export function toListenError(cause: unknown): SettingError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown";
  switch (code) {
    case "EADDRINUSE":
      return new SettingError({
        variable: "PORT",
        problem: "is in use by another process: stop it, or set another port",
      });
    case "EACCES":
      return new SettingError({ variable: "PORT", problem: "is not open to this user: set one of 1024 or more" });
    default:
      return new SettingError({
        variable: "HOST",
        problem: `is no address of this machine (${code}): 0.0.0.0 stands for all of them, 127.0.0.1 for itself alone`,
      });
  }
}
