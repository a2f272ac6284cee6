-- Run once, on an empty volume. The role of the services owns their database and nothing else; without a password nobody connects as superuser
-- but in the container: kubectl exec -it postgres-0 -- psql -U postgres
\getenv password WHARF_PASSWORD
CREATE ROLE wharf LOGIN PASSWORD :'password';
CREATE DATABASE wharf OWNER wharf;
REVOKE ALL ON DATABASE wharf, postgres, template1 FROM PUBLIC;
ALTER ROLE postgres PASSWORD NULL;
