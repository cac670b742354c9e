-- CreateTable
CREATE TABLE "AuthorTotal" (
    "name" TEXT NOT NULL PRIMARY KEY,
    "rank" INTEGER NOT NULL
);

-- CreateTable
CREATE TABLE "TopicTotal" (
    "name" TEXT NOT NULL PRIMARY KEY,
    "rank" INTEGER NOT NULL
);

-- CreateTable
CREATE TABLE "Reorganisation" (
    "seq" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "at" BIGINT NOT NULL,
    "forkHash" TEXT NOT NULL,
    "forkHeight" INTEGER NOT NULL,
    "fromHash" TEXT NOT NULL,
    "fromHeight" INTEGER NOT NULL,
    "toHash" TEXT NOT NULL,
    "toHeight" INTEGER NOT NULL,
    "returnedCount" INTEGER NOT NULL,
    "returnedIds" TEXT NOT NULL
);

-- CreateIndex
CREATE INDEX "AuthorTotal_rank_name_idx" ON "AuthorTotal"("rank", "name");

-- CreateIndex
CREATE INDEX "TopicTotal_rank_name_idx" ON "TopicTotal"("rank", "name");

-- What stands on the best chain already.
INSERT INTO "AuthorTotal" ("name", "rank") SELECT "author", -count(*) FROM "Post" WHERE "height" IS NOT NULL GROUP BY "author";
INSERT INTO "TopicTotal" ("name", "rank") SELECT "topic", -count(*) FROM "PostTopic" WHERE "height" IS NOT NULL GROUP BY "topic";
