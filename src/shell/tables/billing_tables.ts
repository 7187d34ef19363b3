import type { EntityColumns, Flag, Instant, Jsonb, Text } from "./entity_columns.ts";

export interface SubscriptionsTable extends EntityColumns {
  readonly payer_id: Text;
  readonly user_id: Text;
  readonly organization_id: Text;
  readonly status: Text;
  readonly latest_payment_id: Text;
  readonly payment_source_id: Text;
  readonly active_at: Instant;
  readonly canceled_at: Instant;
  readonly ended_at: Instant;
  readonly past_due_at: Instant;
  readonly items: Jsonb;
  readonly payer: Jsonb;
}

export interface SubscriptionItemsTable extends EntityColumns {
  readonly payer_id: Text;
  readonly user_id: Text;
  readonly organization_id: Text;
  readonly status: Text;
  readonly subscription_id: Text;
  readonly plan_id: Text;
  readonly plan_slug: Text;
  readonly plan: Jsonb;
  readonly interval: Text;
  readonly is_free_trial: Flag;
  readonly period_start: Instant;
  readonly period_end: Instant;
  readonly seats: Jsonb;
}

export interface PaymentAttemptsTable extends EntityColumns {
  readonly payer_id: Text;
  readonly user_id: Text;
  readonly organization_id: Text;
  readonly status: Text;
  readonly payment_id: Text;
  readonly statement_id: Text;
  readonly invoice_id: Text;
  readonly gateway_external_id: Text;
  readonly charge_type: Text;
  readonly billing_date: Instant;
  readonly paid_at: Instant;
  readonly failed_at: Instant;
  readonly failed_reason: Jsonb;
  readonly totals: Jsonb;
  readonly payment_source: Jsonb;
  readonly subscription_items: Jsonb;
  readonly payee: Jsonb;
}
