/** Where Bun is: the pinned one in node_modules, else the Bun that runs this. `from` is a file of the package. */
export declare function findBun(from: string): string | undefined;

/** Runs Bun with `args` until it ends, passes signals on, and ends with its exit code. */
export declare function launch(args: readonly string[]): void;
