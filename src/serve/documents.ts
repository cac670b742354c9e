/** The operations that `stele serve` hands on to the node: mutations, and queries that only the node can answer. */
import { graphql } from './generated/gql.ts';

export const SUBMIT = graphql(`
  mutation ServeSubmit($transactions: [TransactionInput!]!) {
    submitTransactions(input: { transactions: $transactions }) {
      statuses {
        ...Forwarded
      }
    }
  }

  fragment Forwarded on TransactionStatus {
    state
    reason
    message
    block {
      height
    }
  }
`);

export const CHECK = graphql(`
  query ServeCheck($input: TransactionInput!) {
    checkTransaction(input: $input) {
      valid
      status {
        ...Forwarded
      }
    }
  }
`);

export const OFFER = graphql(`
  mutation ServeOffer($input: AddBlockInput!) {
    addBlock(input: $input) {
      outcome
      reason
      message
      missing
      block {
        hash
      }
    }
  }
`);

export const REVEAL = graphql(`
  mutation ServeReveal($id: Hexadecimal!, $content: String!, $salt: Hexadecimal!) {
    reveal(input: { id: $id, content: $content, salt: $salt }) {
      outcome
    }
  }
`);
