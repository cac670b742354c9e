-- CreateTable
CREATE TABLE "TimeRange" (
    "seq" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "firstHeight" INTEGER NOT NULL,
    "lastHeight" INTEGER NOT NULL,
    "earliest" BIGINT NOT NULL,
    "latest" BIGINT NOT NULL
);

-- What stands on the best chain already.
INSERT INTO "TimeRange" ("seq", "firstHeight", "lastHeight", "earliest", "latest")
SELECT (b."chainPosts" - b."transactionCount") / 1024, min(b."height"), max(b."height"), min(p."timestamp"), max(p."timestamp")
FROM "Block" b CROSS JOIN "Post" p ON p."height" = b."bestHeight" WHERE b."bestHeight" IS NOT NULL GROUP BY 1;
