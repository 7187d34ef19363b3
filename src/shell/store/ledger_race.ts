/** Another process was first with one of the messages or entities. The transaction must be run again: then it sees that. */
export class LedgerRace extends Error {
  override readonly name = "LedgerRace";
}
