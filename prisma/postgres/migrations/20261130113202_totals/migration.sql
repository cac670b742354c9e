-- CreateTable
CREATE TABLE "AuthorTotal" (
    "name" TEXT COLLATE "C" NOT NULL,
    "rank" INTEGER NOT NULL,

    CONSTRAINT "AuthorTotal_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "TopicTotal" (
    "name" TEXT COLLATE "C" NOT NULL,
    "rank" INTEGER NOT NULL,

    CONSTRAINT "TopicTotal_pkey" PRIMARY KEY ("name")
);

-- CreateIndex
CREATE INDEX "AuthorTotal_rank_name_idx" ON "AuthorTotal"("rank", "name");

-- CreateIndex
CREATE INDEX "TopicTotal_rank_name_idx" ON "TopicTotal"("rank", "name");

-- What stands on the best chain already.
INSERT INTO "AuthorTotal" ("name", "rank") SELECT "author", -count(*) FROM "Post" WHERE "height" IS NOT NULL GROUP BY "author";
INSERT INTO "TopicTotal" ("name", "rank") SELECT "topic", -count(*) FROM "PostTopic" WHERE "height" IS NOT NULL GROUP BY "topic";
