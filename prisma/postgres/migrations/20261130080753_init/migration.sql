-- Texts are compared byte for byte, as SQLite does it: COLLATE "C", which Prisma's schema has no word for.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- CreateTable
CREATE TABLE "Meta" (
    "key" TEXT COLLATE "C" NOT NULL,
    "value" TEXT COLLATE "C" NOT NULL,
    "changedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Meta_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "Block" (
    "seq" SERIAL NOT NULL,
    "hash" TEXT COLLATE "C" NOT NULL,
    "previousHash" TEXT COLLATE "C" NOT NULL,
    "height" INTEGER NOT NULL,
    "header" BYTEA NOT NULL,
    "chainWork" TEXT COLLATE "C" NOT NULL,
    "fault" TEXT COLLATE "C",
    "bestHeight" INTEGER,
    "transactionCount" INTEGER NOT NULL,
    "size" INTEGER NOT NULL,
    "chainPosts" INTEGER NOT NULL,

    CONSTRAINT "Block_pkey" PRIMARY KEY ("seq")
);

-- CreateTable
CREATE TABLE "BlockPost" (
    "blockSeq" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,
    "postSeq" INTEGER NOT NULL,

    CONSTRAINT "BlockPost_pkey" PRIMARY KEY ("blockSeq","position")
);

-- CreateTable
CREATE TABLE "Post" (
    "seq" SERIAL NOT NULL,
    "id" TEXT COLLATE "C" NOT NULL,
    "author" TEXT COLLATE "C" NOT NULL,
    "publicKey" TEXT COLLATE "C" NOT NULL,
    "successor" TEXT COLLATE "C",
    "timestamp" BIGINT NOT NULL,
    "commitment" TEXT COLLATE "C" NOT NULL,
    "size" INTEGER NOT NULL,
    "topics" TEXT COLLATE "C" NOT NULL,
    "replyTo" TEXT COLLATE "C",
    "supersedes" TEXT COLLATE "C",
    "stamp" BIGINT NOT NULL,
    "signature" TEXT COLLATE "C" NOT NULL,
    "content" BYTEA,
    "salt" TEXT COLLATE "C",
    "work" INTEGER NOT NULL,
    "withheld" BOOLEAN NOT NULL DEFAULT false,
    "height" INTEGER,
    "position" INTEGER,

    CONSTRAINT "Post_pkey" PRIMARY KEY ("seq")
);

-- CreateTable
CREATE TABLE "PostTopic" (
    "topic" TEXT COLLATE "C" NOT NULL,
    "postSeq" INTEGER NOT NULL,
    "height" INTEGER,
    "position" INTEGER,

    CONSTRAINT "PostTopic_pkey" PRIMARY KEY ("topic","postSeq")
);

-- CreateTable
CREATE TABLE "PostText" (
    "postSeq" INTEGER NOT NULL,
    "folded" TEXT COLLATE "C" NOT NULL,
    "grams" TEXT[] COLLATE "C",

    CONSTRAINT "PostText_pkey" PRIMARY KEY ("postSeq")
);

-- CreateTable
CREATE TABLE "MissingContent" (
    "postSeq" INTEGER NOT NULL,

    CONSTRAINT "MissingContent_pkey" PRIMARY KEY ("postSeq")
);

-- CreateTable
CREATE TABLE "Pending" (
    "arrival" SERIAL NOT NULL,
    "postSeq" INTEGER NOT NULL,
    "receivedAt" BIGINT NOT NULL,

    CONSTRAINT "Pending_pkey" PRIMARY KEY ("arrival")
);

-- CreateTable
CREATE TABLE "Dropped" (
    "id" TEXT COLLATE "C" NOT NULL,
    "reason" TEXT COLLATE "C" NOT NULL,
    "at" BIGINT NOT NULL,

    CONSTRAINT "Dropped_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Binding" (
    "name" TEXT COLLATE "C" NOT NULL,
    "publicKey" TEXT COLLATE "C" NOT NULL,
    "successor" TEXT COLLATE "C",
    "height" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,
    "skeleton" TEXT COLLATE "C" NOT NULL,

    CONSTRAINT "Binding_pkey" PRIMARY KEY ("name","height","position")
);

-- CreateTable
CREATE TABLE "Withholding" (
    "seq" INTEGER NOT NULL,
    "postId" TEXT COLLATE "C" NOT NULL,
    "action" TEXT COLLATE "C" NOT NULL,
    "reason" BYTEA NOT NULL,
    "erased" BOOLEAN NOT NULL,
    "at" BIGINT NOT NULL,

    CONSTRAINT "Withholding_pkey" PRIMARY KEY ("seq")
);

-- CreateTable
CREATE TABLE "Change" (
    "seq" SERIAL NOT NULL,
    "kind" TEXT COLLATE "C" NOT NULL,
    "postId" TEXT COLLATE "C",

    CONSTRAINT "Change_pkey" PRIMARY KEY ("seq")
);

-- CreateIndex
CREATE UNIQUE INDEX "Block_hash_key" ON "Block"("hash");

-- CreateIndex
CREATE UNIQUE INDEX "Block_bestHeight_key" ON "Block"("bestHeight");

-- CreateIndex
CREATE INDEX "Block_previousHash_idx" ON "Block"("previousHash");

-- CreateIndex
CREATE INDEX "BlockPost_postSeq_idx" ON "BlockPost"("postSeq");

-- CreateIndex
CREATE UNIQUE INDEX "Post_id_key" ON "Post"("id");

-- CreateIndex
CREATE INDEX "Post_height_position_idx" ON "Post"("height", "position");

-- CreateIndex
CREATE INDEX "Post_author_height_position_idx" ON "Post"("author", "height", "position");

-- CreateIndex
CREATE INDEX "Post_publicKey_height_position_idx" ON "Post"("publicKey", "height", "position");

-- CreateIndex
CREATE INDEX "Post_replyTo_height_position_idx" ON "Post"("replyTo", "height", "position");

-- CreateIndex
CREATE INDEX "Post_supersedes_author_height_position_idx" ON "Post"("supersedes", "author", "height", "position");

-- CreateIndex
CREATE INDEX "PostTopic_topic_height_position_idx" ON "PostTopic"("topic", "height", "position");

-- CreateIndex
CREATE INDEX "PostTopic_postSeq_idx" ON "PostTopic"("postSeq");

-- CreateIndex
CREATE INDEX "PostText_folded_idx" ON "PostText" USING GIN ("folded" gin_trgm_ops);

-- CreateIndex
CREATE INDEX "PostText_grams_idx" ON "PostText" USING GIN ("grams");

-- CreateIndex
CREATE UNIQUE INDEX "Pending_postSeq_key" ON "Pending"("postSeq");

-- CreateIndex
CREATE INDEX "Dropped_at_idx" ON "Dropped"("at");

-- CreateIndex
CREATE INDEX "Binding_publicKey_height_idx" ON "Binding"("publicKey", "height");

-- CreateIndex
CREATE INDEX "Binding_skeleton_idx" ON "Binding"("skeleton");

-- CreateIndex
CREATE INDEX "Binding_height_idx" ON "Binding"("height");

-- CreateIndex
CREATE INDEX "Withholding_postId_idx" ON "Withholding"("postId");

-- AddForeignKey
ALTER TABLE "BlockPost" ADD CONSTRAINT "BlockPost_blockSeq_fkey" FOREIGN KEY ("blockSeq") REFERENCES "Block"("seq") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "BlockPost" ADD CONSTRAINT "BlockPost_postSeq_fkey" FOREIGN KEY ("postSeq") REFERENCES "Post"("seq") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "PostTopic" ADD CONSTRAINT "PostTopic_postSeq_fkey" FOREIGN KEY ("postSeq") REFERENCES "Post"("seq") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "PostText" ADD CONSTRAINT "PostText_postSeq_fkey" FOREIGN KEY ("postSeq") REFERENCES "Post"("seq") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "MissingContent" ADD CONSTRAINT "MissingContent_postSeq_fkey" FOREIGN KEY ("postSeq") REFERENCES "Post"("seq") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Pending" ADD CONSTRAINT "Pending_postSeq_fkey" FOREIGN KEY ("postSeq") REFERENCES "Post"("seq") ON DELETE RESTRICT ON UPDATE CASCADE;

-- A post whose content is neither here nor withheld is missing it; a post whose content is not served is not found by it.
CREATE FUNCTION "stele_content_missing"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "MissingContent" ("postSeq") VALUES (NEW."seq") ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;

CREATE FUNCTION "stele_content_changed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW."content" IS NULL AND NOT NEW."withheld" THEN
    INSERT INTO "MissingContent" ("postSeq") VALUES (NEW."seq") ON CONFLICT DO NOTHING;
  ELSE
    DELETE FROM "MissingContent" WHERE "postSeq" = NEW."seq";
  END IF;
  IF NEW."content" IS NULL OR NEW."withheld" THEN
    DELETE FROM "PostText" WHERE "postSeq" = NEW."seq";
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER "Post_content_missing" AFTER INSERT ON "Post" FOR EACH ROW
  WHEN (NEW."content" IS NULL AND NOT NEW."withheld") EXECUTE FUNCTION "stele_content_missing"();
CREATE TRIGGER "Post_content_changed" AFTER UPDATE OF "content", "withheld" ON "Post" FOR EACH ROW
  EXECUTE FUNCTION "stele_content_changed"();
