-- At most one open run of each workflow id; any number of closed ones.
CREATE TABLE runs (
  workflow_id text NOT NULL,
  run_id uuid NOT NULL DEFAULT gen_random_uuid(),
  status text NOT NULL DEFAULT 'open',
  started_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX one_open_run ON runs (workflow_id) WHERE status = 'open';
