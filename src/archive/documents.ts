/** The operations of the archive, which uses a node's public API and nothing else. */
import { graphql } from './generated/gql.ts';

graphql(`
  fragment ArchivedPost on Transaction {
    statement
    signature
    content
    salt
  }
`);

export const HELLO = graphql(`
  query ArchiveHello {
    node {
      network {
        genesis
      }
    }
  }
`);

export const HEADERS = graphql(`
  query ArchiveHeaders($locator: [Hexadecimal!]!) {
    headers(locator: $locator)
  }
`);

export const BLOCK = graphql(`
  query ArchiveBlock($hash: Hexadecimal!) {
    block(hash: $hash) {
      header
      body {
        ...ArchivedPost
      }
    }
  }
`);

export const POSTS = graphql(`
  query ArchivePosts($ids: [Hexadecimal!]!) {
    transactionsById(ids: $ids) {
      ...ArchivedPost
    }
  }
`);

export const PENDING = graphql(`
  query ArchivePending($after: String) {
    pendingTransactions(first: 100, after: $after) {
      nodes {
        id
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

export const FATE = graphql(`
  query ArchiveFate($id: Hexadecimal!) {
    transactionStatus(id: $id) {
      state
      reason
    }
  }
`);

export const STATUS = graphql(`
  query ArchiveStatus {
    node {
      tip {
        hash
        height
      }
      chainWork
      pool {
        count
        maxCount
        maxBytes
        knownName: minimumWork(kind: KNOWN_NAME)
        newName: minimumWork(kind: NEW_NAME)
      }
    }
    withholdings(first: 1) {
      totalCount
      edges {
        cursor
      }
    }
    reorganisations(first: 1) {
      at
      to
    }
  }
`);

export const REORGANISATIONS = graphql(`
  query ArchiveReorganisations {
    reorganisations(first: 50) {
      at
      fork
      forkHeight
      from
      fromHeight
      to
      toHeight
      returnedCount
      returnedIds
    }
  }
`);

export const DECISIONS = graphql(`
  query ArchiveDecisions($after: String) {
    withholdings(first: 100, after: $after) {
      edges {
        cursor
        node {
          transactionId
          action
          reason
          erased
          at
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

export const STEPS = graphql(`
  subscription ArchiveSteps($after: String!) {
    chainChanged(after: $after) {
      kind
      node {
        hash
      }
    }
  }
`);

export const ARRIVALS = graphql(`
  subscription ArchiveArrivals {
    transactionPending {
      ...ArchivedPost
    }
  }
`);

export const REVELATIONS = graphql(`
  subscription ArchiveRevelations {
    transactionRevealed {
      ...ArchivedPost
    }
  }
`);
