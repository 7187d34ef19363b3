/** Says that jobs were planned, to whoever runs them in the same process. Those of others find out by looking. */
export interface Doorbell {
  readonly ring: () => void;
  /** The last listener is the one that hears. */
  readonly listen: (onRing: () => void) => void;
}

export function makeDoorbell(): Doorbell {
  let hear = (): void => undefined;
  return {
    ring: () => hear(),
    listen: (onRing) => {
      hear = onRing;
    },
  };
}
