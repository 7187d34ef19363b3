import type { EntityColumns, Flag, Instant, Jsonb, Text } from "./entity_columns.ts";

export interface SessionsTable extends EntityColumns {
  readonly user_id: Text;
  readonly client_id: Text;
  readonly status: Text;
  readonly actor: Jsonb;
  readonly last_active_organization_id: Text;
  readonly last_active_at: Instant;
  readonly latest_activity: Jsonb;
  readonly expire_at: Instant;
  readonly abandon_at: Instant;
}

export interface WaitlistEntriesTable extends EntityColumns {
  readonly email_address: Text;
  readonly status: Text;
  readonly is_locked: Flag;
  readonly invitation: Jsonb;
}

export interface MessagesTable extends EntityColumns {
  readonly channel: Text;
  readonly slug: Text;
  readonly status: Text;
  readonly user_id: Text;
  readonly email_address_id: Text;
  readonly phone_number_id: Text;
  readonly to_email_address: Text;
  readonly to_phone_number: Text;
  readonly from_email_name: Text;
  readonly from_phone_number: Text;
  readonly reply_to_email_name: Text;
  readonly delivered_by_clerk: Flag;
}
