/** The help of a command that opens the database itself. */
export const EMBEDDED =
  "\nThe embedded database has one process: stop the server first. With DATABASE_URL it may go on running.";
