-- CreateTable
CREATE TABLE "Meta" (
    "key" TEXT NOT NULL PRIMARY KEY,
    "value" TEXT NOT NULL
);

-- CreateTable
CREATE TABLE "Block" (
    "seq" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "hash" TEXT NOT NULL,
    "previousHash" TEXT NOT NULL,
    "height" INTEGER NOT NULL,
    "header" BLOB NOT NULL,
    "chainWork" TEXT NOT NULL,
    "fault" TEXT,
    "bestHeight" INTEGER,
    "transactionCount" INTEGER NOT NULL,
    "size" INTEGER NOT NULL,
    "chainPosts" INTEGER NOT NULL
);

-- CreateTable
CREATE TABLE "BlockPost" (
    "blockSeq" INTEGER NOT NULL,
    "position" INTEGER NOT NULL,
    "postSeq" INTEGER NOT NULL,

    PRIMARY KEY ("blockSeq", "position"),
    CONSTRAINT "BlockPost_blockSeq_fkey" FOREIGN KEY ("blockSeq") REFERENCES "Block" ("seq") ON DELETE RESTRICT ON UPDATE CASCADE,
    CONSTRAINT "BlockPost_postSeq_fkey" FOREIGN KEY ("postSeq") REFERENCES "Post" ("seq") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Post" (
    "seq" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "id" TEXT NOT NULL,
    "author" TEXT NOT NULL,
    "publicKey" TEXT NOT NULL,
    "timestamp" BIGINT NOT NULL,
    "commitment" TEXT NOT NULL,
    "size" INTEGER NOT NULL,
    "topics" TEXT NOT NULL,
    "replyTo" TEXT,
    "stamp" BIGINT NOT NULL,
    "signature" TEXT NOT NULL,
    "content" BLOB,
    "salt" TEXT,
    "work" INTEGER NOT NULL,
    "withheld" BOOLEAN NOT NULL DEFAULT false,
    "height" INTEGER,
    "position" INTEGER
);

-- CreateTable
CREATE TABLE "PostTopic" (
    "topic" TEXT NOT NULL,
    "postSeq" INTEGER NOT NULL,
    "height" INTEGER,
    "position" INTEGER,

    PRIMARY KEY ("topic", "postSeq"),
    CONSTRAINT "PostTopic_postSeq_fkey" FOREIGN KEY ("postSeq") REFERENCES "Post" ("seq") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Pending" (
    "arrival" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "postSeq" INTEGER NOT NULL,
    "receivedAt" BIGINT NOT NULL,
    CONSTRAINT "Pending_postSeq_fkey" FOREIGN KEY ("postSeq") REFERENCES "Post" ("seq") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Dropped" (
    "seq" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "id" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "at" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "Name" (
    "name" TEXT NOT NULL PRIMARY KEY,
    "publicKey" TEXT NOT NULL,
    "height" INTEGER NOT NULL,
    "skeleton" TEXT NOT NULL
);

-- CreateTable
CREATE TABLE "Withholding" (
    "seq" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "postId" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "erased" BOOLEAN NOT NULL,
    "at" BIGINT NOT NULL
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
CREATE INDEX "Post_height_position_timestamp_idx" ON "Post"("height", "position", "timestamp");

-- CreateIndex
CREATE INDEX "Post_author_height_position_idx" ON "Post"("author", "height", "position");

-- CreateIndex
CREATE INDEX "Post_publicKey_height_position_idx" ON "Post"("publicKey", "height", "position");

-- CreateIndex
CREATE INDEX "Post_replyTo_height_position_idx" ON "Post"("replyTo", "height", "position");

-- CreateIndex
CREATE INDEX "PostTopic_topic_height_position_idx" ON "PostTopic"("topic", "height", "position");

-- CreateIndex
CREATE INDEX "PostTopic_postSeq_idx" ON "PostTopic"("postSeq");

-- CreateIndex
CREATE UNIQUE INDEX "Pending_postSeq_key" ON "Pending"("postSeq");

-- CreateIndex
CREATE UNIQUE INDEX "Dropped_id_key" ON "Dropped"("id");

-- CreateIndex
CREATE INDEX "Name_publicKey_height_idx" ON "Name"("publicKey", "height");

-- CreateIndex
CREATE INDEX "Name_skeleton_idx" ON "Name"("skeleton");

-- CreateIndex
CREATE INDEX "Name_height_idx" ON "Name"("height");

-- CreateIndex
CREATE INDEX "Withholding_postId_idx" ON "Withholding"("postId");
