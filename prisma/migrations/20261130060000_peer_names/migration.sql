-- The columns are named as the code names them.
ALTER TABLE "Peer" RENAME COLUMN "goodFor" TO "connectedMs";
ALTER TABLE "Peer" RENAME COLUMN "points" TO "banScore";
ALTER TABLE "Peer" RENAME COLUMN "pointsAt" TO "banScoreAt";
