using System.Globalization;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Auth;

public sealed class LoginThrottleTests(OwnApp own) : IClassFixture<OwnApp>
{
    private const string Wrong = "not the password";
    private readonly TestApp _app = own.App;

    [Fact]
    public async Task After_five_failures_even_the_right_password_waits_and_the_wait_grows()
    {
        var org = await _app.NewOrganization();
        var waits = new List<int>();
        for (var guess = 0; guess < 5; guess++)
            (await _app.Login(org.Owner.Email, Wrong)).Expect(401, "INVALID_CREDENTIALS");

        for (var round = 0; round < 6; round++)
        {
            var blocked = (await _app.Login(org.Owner.Email)).Expect(429, "TOO_MANY_ATTEMPTS");
            waits.Add(int.Parse(blocked.Headers["Retry-After"], CultureInfo.InvariantCulture));
            _app.Clock.Advance(TimeSpan.FromSeconds(waits[^1]));
            (await _app.Login(org.Owner.Email, Wrong)).Expect(401, "INVALID_CREDENTIALS");
        }

        Assert.All(waits.Zip([30, 60, 120, 240, 480, 900]), pair => Assert.InRange(pair.First, pair.Second - 10, pair.Second + 1));
    }

    [Fact]
    public async Task A_block_ends_after_its_time()
    {
        var org = await _app.NewOrganization();
        for (var guess = 0; guess < 5; guess++)
            await _app.Login(org.Owner.Email, Wrong);
        (await _app.Login(org.Owner.Email)).Expect(429, "TOO_MANY_ATTEMPTS");

        _app.Clock.Advance(TimeSpan.FromSeconds(30));

        (await _app.Login(org.Owner.Email)).Expect(200);
        // And the count starts anew.
        for (var guess = 0; guess < 4; guess++)
            (await _app.Login(org.Owner.Email, Wrong)).Expect(401);
        (await _app.Login(org.Owner.Email)).Expect(200);
    }

    [Fact]
    public async Task Failures_are_forgotten_after_a_quarter_of_an_hour()
    {
        var org = await _app.NewOrganization();
        for (var guess = 0; guess < 4; guess++)
            (await _app.Login(org.Owner.Email, Wrong)).Expect(401);

        _app.Clock.Advance(TimeSpan.FromMinutes(15.1));

        for (var guess = 0; guess < 4; guess++)
            (await _app.Login(org.Owner.Email, Wrong)).Expect(401);
        (await _app.Login(org.Owner.Email)).Expect(200);
    }

    [Fact]
    public async Task A_right_password_as_the_fifth_try_clears_the_failures()
    {
        var org = await _app.NewOrganization();
        for (var round = 0; round < 3; round++)
        {
            for (var guess = 0; guess < 4; guess++)
                (await _app.Login(org.Owner.Email, Wrong)).Expect(401, "INVALID_CREDENTIALS");
            (await _app.Login(org.Owner.Email)).Expect(200);
        }
    }

    [Fact]
    public async Task Twenty_parallel_guesses_get_five_looks()
    {
        var org = await _app.NewOrganization();

        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _app.Login(org.Owner.Email, Wrong)));

        Assert.Equal(5, replies.Count(reply => reply.Code == "INVALID_CREDENTIALS"));
        Assert.Equal(15, replies.Count(reply => reply.Code == "TOO_MANY_ATTEMPTS"));
        Assert.All(
            replies.Where(reply => reply.Status == 429), reply => Assert.InRange(int.Parse(reply.Headers["Retry-After"], CultureInfo.InvariantCulture), 1, 31));
    }

    [Fact]
    public async Task An_unknown_address_is_slowed_down_as_a_known_one_is()
    {
        var email = $"nobody-{Guid.NewGuid():N}@example.test";
        for (var guess = 0; guess < 5; guess++)
            (await _app.Login(email, Wrong)).Expect(401, "INVALID_CREDENTIALS");
        (await _app.Login(email.ToUpperInvariant(), Wrong)).Expect(429, "TOO_MANY_ATTEMPTS");
    }

    [Fact]
    public async Task Fifty_failures_from_one_address_block_it_for_every_account_and_nobody_else()
    {
        var org = await _app.NewOrganization();
        var address = SignIn.NewAddress();
        var guesses = await Task.WhenAll(
            Enumerable.Range(0, 60).Select(number => _app.Login($"nobody{number}-{org.Id:N}@example.test", Wrong, $"198.51.100.{number}, {address}")));
        Assert.Equal(50, guesses.Count(reply => reply.Status == 401));
        Assert.Equal(10, guesses.Count(reply => reply.Code == "TOO_MANY_ATTEMPTS"));

        for (var knock = 0; knock < 6; knock++)
            (await _app.Login(org.Owner.Email, from: address)).Expect(429, "TOO_MANY_ATTEMPTS");

        // Whoever knocks from the blocked address does not lock the account for its owner elsewhere.
        (await _app.Login(org.Owner.Email)).Expect(200);
    }

    [Fact]
    public async Task All_addresses_of_an_ipv6_network_are_one_client_and_another_network_is_another()
    {
        var org = await _app.NewOrganization();
        await Task.WhenAll(Enumerable.Range(0, 50).Select(number => _app.Login($"nobody{number}-{org.Id:N}@example.test", Wrong, $"2001:db8:1:2::{number:x}")));

        (await _app.Login(org.Owner.Email, from: "2001:db8:1:2:ffff:ffff:ffff:ffff")).Expect(429, "TOO_MANY_ATTEMPTS");
        (await _app.Login(org.Owner.Email, from: "2001:db8:1:3::1")).Expect(200);
        // What is written down of a sign-in is the address itself.
        Assert.Equal(1, await _app.Scalar<long>(
            "select count(*) from audit_events where organization_id = $1 and action = 'auth.login' and address = '2001:db8:1:3::1'", org.Id));
    }

    [Fact]
    public async Task An_ipv4_address_in_ipv6_clothes_is_itself_alone()
    {
        var org = await _app.NewOrganization();
        await Task.WhenAll(Enumerable.Range(0, 50).Select(number => _app.Login($"nobody{number}-{org.Id:N}@example.test", Wrong, "::ffff:192.0.2.1")));

        (await _app.Login(org.Owner.Email, from: "192.0.2.1")).Expect(429, "TOO_MANY_ATTEMPTS");
        (await _app.Login(org.Owner.Email, from: "::ffff:192.0.2.2")).Expect(200);
    }

    [Fact]
    public async Task Knocking_at_a_blocked_account_does_not_block_the_whole_office()
    {
        var org = await _app.NewOrganization();
        var office = SignIn.NewAddress();
        for (var guess = 0; guess < 60; guess++)
            await _app.Login(org.Staff.Email, Wrong, office);

        (await _app.Login(org.Owner.Email, from: office)).Expect(200);
    }

    [Fact]
    public async Task A_right_password_does_not_wipe_the_failures_of_its_address()
    {
        var org = await _app.NewOrganization();
        var address = SignIn.NewAddress();
        await Task.WhenAll(Enumerable.Range(0, 49).Select(number => _app.Login($"nobody{number}-{org.Id:N}@example.test", Wrong, address)));
        (await _app.Login(org.Owner.Email, from: address)).Expect(200);

        (await _app.Login($"somebody-{org.Id:N}@example.test", Wrong, address)).Expect(401);
        (await _app.Login($"anybody-{org.Id:N}@example.test", Wrong, address)).Expect(429, "TOO_MANY_ATTEMPTS");
    }

    [Fact]
    public async Task Many_right_and_wrong_sign_ins_from_one_address_at_once_do_not_trip_over_one_another()
    {
        var org = await _app.NewOrganization();
        var address = SignIn.NewAddress();
        TestUser[] users = [org.Owner, org.Manager, org.Staff, org.OtherStaff];
        // The address is on record before the accounts are.
        (await _app.Login($"nobody-{org.Id:N}@example.test", Wrong, address)).Expect(401);

        var replies = await Task.WhenAll(
            Enumerable.Range(0, 40).Select(number => _app.Login(users[number % 4].Email, number % 8 < 4 ? TestOrganization.Password : Wrong, address)));

        Assert.All(replies, reply => Assert.Contains(reply.Status, new[] { 200, 401, 429 }));
    }
}
