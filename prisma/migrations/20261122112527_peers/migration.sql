-- CreateTable
CREATE TABLE "Peer" (
    "url" TEXT NOT NULL PRIMARY KEY,
    "manual" BOOLEAN NOT NULL,
    "nodeId" TEXT,
    "version" TEXT,
    "height" BIGINT,
    "chainWork" TEXT,
    "firstSeen" BIGINT NOT NULL,
    "lastSeen" BIGINT,
    "goodFor" BIGINT NOT NULL,
    "failures" BIGINT NOT NULL,
    "retryAt" BIGINT NOT NULL,
    "points" REAL NOT NULL,
    "pointsAt" BIGINT NOT NULL,
    "bannedUntil" BIGINT,
    "remark" TEXT
);
