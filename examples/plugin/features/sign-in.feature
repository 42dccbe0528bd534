# Who we let in.
@login
Feature: Sign in
  As a member,
  I want to sign in,
  so that I see my own things.

  Background:
    Given a member with the password "open sesame"

  @lock
  Scenario: Five wrong passwords lock the account
    Given the member typed a wrong password four times
    When the member types another wrong one
    Then the account is locked for ten minutes
    And the member gets this mail:
      """
      Scenario: this is the text of a mail, and no scenario
      """

  Scenario Outline: A password that is too short is refused
    When somebody chooses the password <password>
    Then it is refused

    Examples:
      | password |
      | abc      |
      | 1234567  |
