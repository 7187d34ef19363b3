/** The instance that `docket trigger` sends as, where no other is set. In production it is foreign. */
export const TRIGGER_INSTANCE_ID = "ins_docketTrigger";

/** The instance of Clerk's own examples (Dashboard > Testing > Send Example). Always foreign. */
export const CLERK_EXAMPLE_INSTANCE_ID = "ins_2g7np7Hrk0SN6kj5EDMLDaKNL0S";
