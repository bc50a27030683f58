-- One start, for pgbench: an id of 20 bytes that is new. Each client counts in a range of its own,
-- so that its ids ascend, as those of onerun-load do.
\set n :n + 1
\set id 1000000000000000000 + :base * 100000000 + :client_id * 1000000 + :n
INSERT INTO runs (workflow_id) VALUES ('w' || :id::bigint)
  ON CONFLICT (workflow_id) WHERE status = 'open' DO NOTHING RETURNING run_id;
