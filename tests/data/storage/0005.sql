BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0005');
CREATE TABLE artifacts (
	"key" TEXT NOT NULL, 
	stage TEXT NOT NULL, 
	media_type TEXT NOT NULL, 
	size BIGINT NOT NULL, 
	sha256 TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_artifacts PRIMARY KEY ("key")
);
INSERT INTO "artifacts" VALUES('a1','publish','text/plain',2,'4355a46b19d348dc2f57c046f8ef63d4538ebb936000f3c9ee954a27460dd865','2026-03-01 12:30:15.255000');
CREATE TABLE choices (
	scope TEXT NOT NULL, 
	source TEXT NOT NULL, 
	target TEXT NOT NULL, 
	term TEXT NOT NULL, 
	translation TEXT NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_choices PRIMARY KEY (scope, source, target, term)
);
INSERT INTO "choices" VALUES('film','en','pt','Wolf','Lobo','2026-03-01 12:30:15.250000');
CREATE TABLE coverage (
	server TEXT NOT NULL, 
	source TEXT NOT NULL, 
	target TEXT NOT NULL, 
	item TEXT NOT NULL, 
	library TEXT NOT NULL, 
	series TEXT NOT NULL, 
	language TEXT NOT NULL, 
	standing TEXT NOT NULL, 
	origin TEXT NOT NULL, 
	duration FLOAT NOT NULL, 
	CONSTRAINT pk_coverage PRIMARY KEY (server, source, target)
);
INSERT INTO "coverage" VALUES('5e17e000000000000000000000000001','s1','subtitle/de/full/srt/jellyfin','i1','l1','Show','de','gap','speech',60.0);
CREATE TABLE items (
	server TEXT NOT NULL, 
	item TEXT NOT NULL, 
	library TEXT NOT NULL, 
	etag TEXT NOT NULL, 
	versions INTEGER NOT NULL, 
	fingerprint TEXT NOT NULL, 
	judged TEXT NOT NULL, 
	settled BOOLEAN NOT NULL, title TEXT DEFAULT '' NOT NULL, series TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_items PRIMARY KEY (server, item)
);
INSERT INTO "items" VALUES('5e17e000000000000000000000000001','i1','l1','e1',1,'f1','j1',1,'Film','');
INSERT INTO "items" VALUES('5e17e000000000000000000000000001','i2','l1','e1',1,'f1','j1',0,'Film','');
CREATE TABLE jobs (
	id INTEGER NOT NULL, 
	server TEXT NOT NULL, 
	item TEXT NOT NULL, 
	source TEXT, 
	title TEXT NOT NULL, 
	"plan" JSON NOT NULL, 
	state TEXT NOT NULL, 
	priority INTEGER NOT NULL, 
	signal TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	ended_at DATETIME, 
	error TEXT, 
	CONSTRAINT pk_jobs PRIMARY KEY (id)
);
INSERT INTO "jobs" VALUES(1,'5e17e000000000000000000000000001','published','published','Film published','{"version": 1, "server": "5e17e000000000000000000000000001", "server_name": "home", "item": "published", "source": "published", "title": "Film published", "path": "/films/published.mkv", "container": "mkv", "duration": 600.0, "origin": {"kind": "text", "language": "en", "codec": "subrip", "title": "", "external": true, "hearing_impaired": false, "path": "/films/Film.en.srt", "ordinal": 0}, "targets": [{"kind": "subtitle", "language": "de", "forced": false, "hearing_impaired": false, "format": "srt", "destination": "jellyfin"}], "basis": "b1", "speech": {"tier": "balanced", "vote_model": "base", "model": "small", "models": {}, "device": "cpu", "compute_type": "int8", "block_seconds": 300.0, "trust_audio_tag": false, "hotwords": true, "second": null}, "translation": {"engines": ["firefox"], "models": {}, "chat": {}, "pivot": true, "memory": true, "formality": "auto", "glossary": {}}, "publish": {"label": "subtide", "patience_seconds": 60.0, "viewers_seconds": 14400.0}, "subtitles": {"limits": {}, "notes": "drop", "songs": "translate", "bilingual": false, "sync": "external", "review_below": 0.5}, "work": "", "series": ""}','done',50,'poll','2026-03-01 12:30:15.261000','2026-03-01 12:30:15.273000',NULL);
INSERT INTO "jobs" VALUES(2,'5e17e000000000000000000000000001','held','held','Film held','{"version": 1, "server": "5e17e000000000000000000000000001", "server_name": "home", "item": "held", "source": "held", "title": "Film held", "path": "/films/held.mkv", "container": "mkv", "duration": 600.0, "origin": {"kind": "audio", "ordinal": 0, "language": "en", "codec": "ac3", "channels": 6}, "targets": [{"kind": "subtitle", "language": "en", "forced": false, "hearing_impaired": false, "format": "srt", "destination": "jellyfin"}, {"kind": "subtitle", "language": "de", "forced": false, "hearing_impaired": false, "format": "srt", "destination": "jellyfin"}], "basis": "b1", "speech": {"tier": "balanced", "vote_model": "base", "model": "small", "models": {}, "device": "cpu", "compute_type": "int8", "block_seconds": 300.0, "trust_audio_tag": false, "hotwords": true, "second": null}, "translation": {"engines": ["firefox"], "models": {}, "chat": {}, "pivot": true, "memory": true, "formality": "auto", "glossary": {}}, "publish": {"label": "subtide", "patience_seconds": 60.0, "viewers_seconds": 14400.0}, "subtitles": {"limits": {}, "notes": "drop", "songs": "translate", "bilingual": false, "sync": "external", "review_below": 0.5}, "work": "", "series": ""}','held',50,'poll','2026-03-01 12:30:15.274000','2026-03-01 12:30:15.277000','nobody speaks');
INSERT INTO "jobs" VALUES(3,'5e17e000000000000000000000000001','failed','failed','Film failed','{"version": 1, "server": "5e17e000000000000000000000000001", "server_name": "home", "item": "failed", "source": "failed", "title": "Film failed", "path": "/films/failed.mkv", "container": "mkv", "duration": 600.0, "origin": {"kind": "audio", "ordinal": 0, "language": "en", "codec": "ac3", "channels": 6}, "targets": [{"kind": "subtitle", "language": "en", "forced": false, "hearing_impaired": false, "format": "srt", "destination": "jellyfin"}, {"kind": "subtitle", "language": "de", "forced": false, "hearing_impaired": false, "format": "srt", "destination": "jellyfin"}], "basis": "b1", "speech": {"tier": "balanced", "vote_model": "base", "model": "small", "models": {}, "device": "cpu", "compute_type": "int8", "block_seconds": 300.0, "trust_audio_tag": false, "hotwords": true, "second": null}, "translation": {"engines": ["firefox"], "models": {}, "chat": {}, "pivot": true, "memory": true, "formality": "auto", "glossary": {}}, "publish": {"label": "subtide", "patience_seconds": 60.0, "viewers_seconds": 14400.0}, "subtitles": {"limits": {}, "notes": "drop", "songs": "translate", "bilingual": false, "sync": "external", "review_below": 0.5}, "work": "", "series": ""}','failed',50,'poll','2026-03-01 12:30:15.278000','2026-03-01 12:30:15.281000','no audio — add some');
INSERT INTO "jobs" VALUES(4,'5e17e000000000000000000000000001','cancelled','cancelled','Film cancelled','{"version": 1, "server": "5e17e000000000000000000000000001", "server_name": "home", "item": "cancelled", "source": "cancelled", "title": "Film cancelled", "path": "/films/cancelled.mkv", "container": "mkv", "duration": 600.0, "origin": {"kind": "audio", "ordinal": 0, "language": "en", "codec": "ac3", "channels": 6}, "targets": [{"kind": "subtitle", "language": "en", "forced": false, "hearing_impaired": false, "format": "srt", "destination": "jellyfin"}, {"kind": "subtitle", "language": "de", "forced": false, "hearing_impaired": false, "format": "srt", "destination": "jellyfin"}], "basis": "b1", "speech": {"tier": "balanced", "vote_model": "base", "model": "small", "models": {}, "device": "cpu", "compute_type": "int8", "block_seconds": 300.0, "trust_audio_tag": false, "hotwords": true, "second": null}, "translation": {"engines": ["firefox"], "models": {}, "chat": {}, "pivot": true, "memory": true, "formality": "auto", "glossary": {}}, "publish": {"label": "subtide", "patience_seconds": 60.0, "viewers_seconds": 14400.0}, "subtitles": {"limits": {}, "notes": "drop", "songs": "translate", "bilingual": false, "sync": "external", "review_below": 0.5}, "work": "", "series": ""}','cancelled',50,'poll','2026-03-01 12:30:15.282000','2026-03-01 12:30:15.284000','a person cancelled it');
INSERT INTO "jobs" VALUES(5,'5e17e000000000000000000000000001','waiting','waiting','Film waiting','{"version": 1, "server": "5e17e000000000000000000000000001", "server_name": "home", "item": "waiting", "source": "waiting", "title": "Film waiting", "path": "/films/waiting.mkv", "container": "mkv", "duration": 600.0, "origin": {"kind": "audio", "ordinal": 0, "language": "en", "codec": "ac3", "channels": 6}, "targets": [{"kind": "subtitle", "language": "en", "forced": false, "hearing_impaired": false, "format": "srt", "destination": "jellyfin"}, {"kind": "subtitle", "language": "de", "forced": false, "hearing_impaired": false, "format": "srt", "destination": "jellyfin"}], "basis": "b1", "speech": {"tier": "balanced", "vote_model": "base", "model": "small", "models": {}, "device": "cpu", "compute_type": "int8", "block_seconds": 300.0, "trust_audio_tag": false, "hotwords": true, "second": null}, "translation": {"engines": ["firefox"], "models": {}, "chat": {}, "pivot": true, "memory": true, "formality": "auto", "glossary": {}}, "publish": {"label": "subtide", "patience_seconds": 60.0, "viewers_seconds": 14400.0}, "subtitles": {"limits": {}, "notes": "drop", "songs": "translate", "bilingual": false, "sync": "external", "review_below": 0.5}, "work": "", "series": ""}','running',50,'poll','2026-03-01 12:30:15.285000',NULL,NULL);
INSERT INTO "jobs" VALUES(6,'5e17e000000000000000000000000001','leased','leased','Film leased','{"version": 1, "server": "5e17e000000000000000000000000001", "server_name": "home", "item": "leased", "source": "leased", "title": "Film leased", "path": "/films/leased.mkv", "container": "mkv", "duration": 600.0, "origin": {"kind": "audio", "ordinal": 0, "language": "en", "codec": "ac3", "channels": 6}, "targets": [{"kind": "subtitle", "language": "en", "forced": false, "hearing_impaired": false, "format": "srt", "destination": "jellyfin"}, {"kind": "subtitle", "language": "de", "forced": false, "hearing_impaired": false, "format": "srt", "destination": "jellyfin"}], "basis": "b1", "speech": {"tier": "balanced", "vote_model": "base", "model": "small", "models": {}, "device": "cpu", "compute_type": "int8", "block_seconds": 300.0, "trust_audio_tag": false, "hotwords": true, "second": null}, "translation": {"engines": ["firefox"], "models": {}, "chat": {}, "pivot": true, "memory": true, "formality": "auto", "glossary": {}}, "publish": {"label": "subtide", "patience_seconds": 60.0, "viewers_seconds": 14400.0}, "subtitles": {"limits": {}, "notes": "drop", "songs": "translate", "bilingual": false, "sync": "external", "review_below": 0.5}, "work": "", "series": ""}','running',50,'poll','2026-03-01 12:30:15.288000',NULL,NULL);
INSERT INTO "jobs" VALUES(7,'5e17e000000000000000000000000001','queued','queued','Die Räuber; ''zwölf''','{"version": 1, "server": "5e17e000000000000000000000000001", "server_name": "home", "item": "queued", "source": "queued", "title": "Die R\u00e4uber; ''zw\u00f6lf''", "path": "/films/queued.mkv", "container": "mkv", "duration": 600.0, "origin": {"kind": "audio", "ordinal": 0, "language": "en", "codec": "ac3", "channels": 6}, "targets": [{"kind": "subtitle", "language": "en", "forced": false, "hearing_impaired": false, "format": "srt", "destination": "jellyfin"}, {"kind": "subtitle", "language": "de", "forced": false, "hearing_impaired": false, "format": "srt", "destination": "jellyfin"}], "basis": "b1", "speech": {"tier": "balanced", "vote_model": "base", "model": "small", "models": {}, "device": "cpu", "compute_type": "int8", "block_seconds": 300.0, "trust_audio_tag": false, "hotwords": true, "second": null}, "translation": {"engines": ["firefox"], "models": {}, "chat": {}, "pivot": true, "memory": true, "formality": "auto", "glossary": {}}, "publish": {"label": "subtide", "patience_seconds": 60.0, "viewers_seconds": 14400.0}, "subtitles": {"limits": {}, "notes": "drop", "songs": "translate", "bilingual": false, "sync": "external", "review_below": 0.5}, "work": "", "series": ""}','queued',50,'poll','2026-03-01 12:30:15.291000',NULL,NULL);
CREATE TABLE ledger (
	id INTEGER NOT NULL, 
	server TEXT NOT NULL, 
	item TEXT NOT NULL, 
	source TEXT NOT NULL, 
	target TEXT NOT NULL, 
	name TEXT NOT NULL, 
	path TEXT, 
	artifact TEXT NOT NULL, 
	sha256 TEXT NOT NULL, 
	recipe JSON NOT NULL, 
	state TEXT NOT NULL, 
	job BIGINT, 
	created_at DATETIME NOT NULL, 
	changed_at DATETIME NOT NULL, error TEXT, not_before DATETIME, 
	CONSTRAINT pk_ledger PRIMARY KEY (id)
);
INSERT INTO "ledger" VALUES(1,'5e17e000000000000000000000000001','published','published','subtitle/de/full/srt/jellyfin','Film.subtide.de.srt','/films/Film.subtide.de.srt','a1','00ff','{"publish": 1}','verified',1,'2026-03-01 12:30:15.259000','2026-03-01 12:30:15.260000',NULL,NULL);
CREATE TABLE looks (
	server TEXT NOT NULL, 
	item TEXT NOT NULL, 
	signal TEXT NOT NULL, 
	priority INTEGER NOT NULL, 
	not_before DATETIME NOT NULL, 
	created_at DATETIME NOT NULL, 
	generation INTEGER NOT NULL, 
	error TEXT, 
	CONSTRAINT pk_looks PRIMARY KEY (server, item)
);
INSERT INTO "looks" VALUES('5e17e000000000000000000000000001','i1','webhook',50,'2026-03-01 12:31:15.254000','2026-03-01 12:30:15.251000',1,'the server sleeps');
INSERT INTO "looks" VALUES('5e17e000000000000000000000000001','*','schedule',90,'2026-03-01 12:30:15.252000','2026-03-01 12:30:15.252000',1,NULL);
CREATE TABLE outcomes (
	server TEXT NOT NULL, 
	source TEXT NOT NULL, 
	target TEXT NOT NULL, 
	item TEXT NOT NULL, 
	title TEXT NOT NULL, 
	state TEXT NOT NULL, 
	basis TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	fix TEXT NOT NULL, 
	retry_at DATETIME, 
	job BIGINT, 
	at DATETIME NOT NULL, work TEXT DEFAULT '' NOT NULL, 
	CONSTRAINT pk_outcomes PRIMARY KEY (server, source, target)
);
INSERT INTO "outcomes" VALUES('5e17e000000000000000000000000001','published','subtitle/de/full/srt/jellyfin','published','Film published','published','b1','','',NULL,1,'2026-03-01 12:30:15.273000','');
INSERT INTO "outcomes" VALUES('5e17e000000000000000000000000001','held','subtitle/en/full/srt/jellyfin','held','Film held','held','b1','nobody speaks','',NULL,2,'2026-03-01 12:30:15.277000','');
INSERT INTO "outcomes" VALUES('5e17e000000000000000000000000001','held','subtitle/de/full/srt/jellyfin','held','Film held','held','b1','nobody speaks','',NULL,2,'2026-03-01 12:30:15.277000','');
INSERT INTO "outcomes" VALUES('5e17e000000000000000000000000001','failed','subtitle/en/full/srt/jellyfin','failed','Film failed','failed','b1','no audio','add some',NULL,3,'2026-03-01 12:30:15.281000','');
INSERT INTO "outcomes" VALUES('5e17e000000000000000000000000001','failed','subtitle/de/full/srt/jellyfin','failed','Film failed','failed','b1','no audio','add some',NULL,3,'2026-03-01 12:30:15.281000','');
INSERT INTO "outcomes" VALUES('5e17e000000000000000000000000001','cancelled','subtitle/en/full/srt/jellyfin','cancelled','Film cancelled','refused','b1','a person cancelled it','to take that back: subtide jobs retry',NULL,4,'2026-03-01 12:30:15.284000','');
INSERT INTO "outcomes" VALUES('5e17e000000000000000000000000001','cancelled','subtitle/de/full/srt/jellyfin','cancelled','Film cancelled','refused','b1','a person cancelled it','to take that back: subtide jobs retry',NULL,4,'2026-03-01 12:30:15.284000','');
CREATE TABLE overrides (
	version INTEGER NOT NULL, 
	path TEXT NOT NULL, 
	value JSON, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_overrides PRIMARY KEY (version)
);
INSERT INTO "overrides" VALUES(1,'policy.languages','["en", "pt"]','2026-03-01 12:30:15.256000');
CREATE TABLE releases (
	server TEXT NOT NULL, 
	library TEXT NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_releases PRIMARY KEY (server, library)
);
INSERT INTO "releases" VALUES('5e17e000000000000000000000000001','l1','2026-03-01 12:30:15.258000');
CREATE TABLE samples (
	what TEXT NOT NULL, 
	cost FLOAT NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_samples PRIMARY KEY (what)
);
INSERT INTO "samples" VALUES('small',0.5,'2026-03-01 12:30:15.250000');
CREATE TABLE scans (
	id INTEGER NOT NULL, 
	server TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	signal TEXT NOT NULL, 
	began_at DATETIME NOT NULL, 
	ended_at DATETIME NOT NULL, 
	sources INTEGER NOT NULL, 
	unchanged INTEGER NOT NULL, 
	gone INTEGER NOT NULL, 
	gaps INTEGER NOT NULL, 
	planned INTEGER NOT NULL, 
	error TEXT, 
	CONSTRAINT pk_scans PRIMARY KEY (id)
);
INSERT INTO "scans" VALUES(1,'5e17e000000000000000000000000001','everything','schedule','2026-03-01 12:30:15.250000','2026-03-01 12:30:15.250000',2,1,0,1,1,NULL);
CREATE TABLE servers (
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	version TEXT NOT NULL, 
	seen_at DATETIME NOT NULL, 
	watermark DATETIME, 
	CONSTRAINT pk_servers PRIMARY KEY (id), 
	CONSTRAINT uq_servers_name UNIQUE (name)
);
INSERT INTO "servers" VALUES('5e17e000000000000000000000000001','home','12.0.0','2026-03-01 12:30:15.250000','2026-03-01 12:30:15.250000');
CREATE TABLE spending (
	day DATE NOT NULL, 
	engine TEXT NOT NULL, 
	model TEXT NOT NULL, 
	requests INTEGER NOT NULL, 
	tokens_in BIGINT NOT NULL, 
	tokens_out BIGINT NOT NULL, 
	cost FLOAT NOT NULL, 
	CONSTRAINT pk_spending PRIMARY KEY (day, engine, model)
);
INSERT INTO "spending" VALUES('2026-03-01','ollama','m',1,10,20,0.5);
CREATE TABLE tasks (
	id INTEGER NOT NULL, 
	job INTEGER NOT NULL, 
	kind TEXT NOT NULL, 
	part TEXT NOT NULL, 
	resource TEXT NOT NULL, 
	state TEXT NOT NULL, 
	priority INTEGER NOT NULL, 
	attempt INTEGER NOT NULL, 
	failures INTEGER NOT NULL, 
	not_before DATETIME NOT NULL, 
	lease_owner TEXT, 
	lease_until DATETIME, 
	payload JSON NOT NULL, 
	result JSON, 
	progress FLOAT NOT NULL, 
	error TEXT, 
	started_at DATETIME, 
	ended_at DATETIME, error_code TEXT, 
	CONSTRAINT pk_tasks PRIMARY KEY (id), 
	CONSTRAINT fk_tasks_job FOREIGN KEY(job) REFERENCES jobs (id) ON DELETE CASCADE, 
	CONSTRAINT uq_tasks_job_kind_part UNIQUE (job, kind, part)
);
INSERT INTO "tasks" VALUES(1,1,'prepare','','net','done',50,1,0,'2026-03-01 12:30:15.261000','worker','2026-03-01 12:31:15.262000','{}','{"key": "t1", "format": "srt", "language": "en"}',1.0,NULL,'2026-03-01 12:30:15.262000','2026-03-01 12:30:15.263000',NULL);
INSERT INTO "tasks" VALUES(2,1,'compose','','cpu','done',50,1,0,'2026-03-01 12:30:15.264000','worker','2026-03-01 12:31:15.265000','{"text": {"key": "t1", "format": "srt", "language": "en"}}','{"key": "c1", "language": "en", "recipe": {}}',1.0,NULL,'2026-03-01 12:30:15.265000','2026-03-01 12:30:15.266000',NULL);
INSERT INTO "tasks" VALUES(3,1,'translate','subtitle/de/full/srt/jellyfin','mt','done',50,1,0,'2026-03-01 12:30:15.267000','worker','2026-03-01 12:31:15.268000','{"cues": {"key": "c1", "language": "en", "recipe": {}}}','{"key": "c2", "language": "de", "recipe": {}}',1.0,NULL,'2026-03-01 12:30:15.268000','2026-03-01 12:30:15.269000',NULL);
INSERT INTO "tasks" VALUES(4,1,'publish','subtitle/de/full/srt/jellyfin','net','done',50,1,0,'2026-03-01 12:30:15.270000','worker','2026-03-01 12:31:15.271000','{"cues": {"key": "c2", "language": "de", "recipe": {}}}','{"path": "/films/Film.subtide.de.srt", "cues": 1}',1.0,NULL,'2026-03-01 12:30:15.271000','2026-03-01 12:30:15.272000',NULL);
INSERT INTO "tasks" VALUES(5,2,'prepare','','cpu','held',50,1,0,'2026-03-01 12:30:15.274000','worker','2026-03-01 12:31:15.275000','{}',NULL,0.0,'nobody speaks','2026-03-01 12:30:15.275000','2026-03-01 12:30:15.276000',NULL);
INSERT INTO "tasks" VALUES(6,3,'prepare','','cpu','failed',50,1,0,'2026-03-01 12:30:15.278000','worker','2026-03-01 12:31:15.279000','{}',NULL,0.0,'no audio — add some','2026-03-01 12:30:15.279000','2026-03-01 12:30:15.280000',NULL);
INSERT INTO "tasks" VALUES(7,4,'prepare','','cpu','cancelled',50,1,0,'2026-03-01 12:30:15.282000','worker','2026-03-01 12:31:15.283000','{}',NULL,0.0,NULL,'2026-03-01 12:30:15.283000','2026-03-01 12:30:15.284000',NULL);
INSERT INTO "tasks" VALUES(8,5,'prepare','','cpu','ready',50,1,1,'2026-03-01 12:30:30.287000',NULL,'2026-03-01 12:31:15.286000','{}',NULL,0.0,'no answer','2026-03-01 12:30:15.286000',NULL,'server-unreachable');
INSERT INTO "tasks" VALUES(9,6,'prepare','','cpu','leased',50,1,0,'2026-03-01 12:30:15.288000','worker','2026-03-01 12:31:15.290000','{}',NULL,0.5,NULL,'2026-03-01 12:30:15.289000',NULL,NULL);
INSERT INTO "tasks" VALUES(10,7,'prepare','','cpu','ready',50,0,0,'2026-03-01 12:30:15.291000',NULL,NULL,'{}',NULL,0.0,NULL,NULL,NULL,NULL);
CREATE TABLE translations (
	"key" TEXT NOT NULL, 
	text TEXT NOT NULL, 
	used_at DATETIME NOT NULL, 
	CONSTRAINT pk_translations PRIMARY KEY ("key")
);
INSERT INTO "translations" VALUES('k','Olá','2026-03-01 12:30:15.250000');
CREATE TABLE unfit_origins (
	server TEXT NOT NULL, 
	source TEXT NOT NULL, 
	origin TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_unfit_origins PRIMARY KEY (server, source, origin)
);
INSERT INTO "unfit_origins" VALUES('s','f','text','other times','2026-03-01 12:30:15.250000');
CREATE TABLE webhooks (
	name TEXT NOT NULL, 
	heard_at DATETIME NOT NULL, 
	event TEXT NOT NULL, 
	device TEXT NOT NULL, 
	CONSTRAINT pk_webhooks PRIMARY KEY (name)
);
INSERT INTO "webhooks" VALUES('home','2026-03-01 12:30:15.257000','SessionStart','d1');
CREATE INDEX ix_jobs_state ON jobs (state);
CREATE UNIQUE INDEX uq_jobs_open_source ON jobs (server, source) WHERE state IN ('queued', 'running');
CREATE INDEX ix_ledger_source ON ledger (server, source, target);
CREATE INDEX ix_tasks_claim ON tasks (state, resource, priority, id);
CREATE INDEX ix_items_library ON items (server, library);
CREATE INDEX ix_outcomes_work ON outcomes (server, work);
CREATE INDEX ix_ledger_unwanted ON ledger (id) WHERE state = 'unwanted';
CREATE INDEX ix_coverage_counts ON coverage (server, library, series, language, standing, origin, duration);
CREATE INDEX ix_coverage_item ON coverage (server, item);
CREATE INDEX ix_translations_used_at ON translations (used_at);
COMMIT;
