Feature: Refund

  Rule: within a month

    Example: on the last day
      When a receipt is 30 days old  
      Then the money goes back