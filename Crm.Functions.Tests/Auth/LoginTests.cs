using System.Globalization;
using System.Text.Json;
using Crm.Functions.Tests.Fixture;

namespace Crm.Functions.Tests.Auth;

public sealed class LoginTests(TestServices services)
{
    [Fact]
    public async Task A_right_password_returns_tokens_and_the_user_with_the_organisation()
    {
        var org = await services.App.NewOrganization("Europe/Berlin");

        var reply = (await services.App.Login(org.Manager.Email)).Expect(200);

        var user = reply.Data.GetProperty("user");
        Assert.True(reply.Json.GetProperty("success").GetBoolean());
        Assert.Equal(12 * 60 * 60, reply.Data.GetProperty("expiresIn").GetInt32());
        Assert.Equal(43, reply.Data.GetProperty("refreshToken").GetString()!.Length);
        Assert.Equal(org.Manager.Id, user.GetProperty("id").GetGuid());
        Assert.Equal(org.Manager.Email, user.GetProperty("email").GetString());
        Assert.Equal("Manager", user.GetProperty("firstName").GetString());
        Assert.Equal("Tester", user.GetProperty("lastName").GetString());
        Assert.Equal("Manager Tester", user.GetProperty("name").GetString());
        Assert.Equal("manager", user.GetProperty("role").GetString());
        Assert.Equal("active", user.GetProperty("status").GetString());
        Assert.Equal("en", user.GetProperty("language").GetString());
        Assert.Equal("{}", user.GetProperty("preferences").GetRawText());
        Assert.Equal(JsonValueKind.Null, user.GetProperty("avatar").ValueKind);
        Assert.Equal(org.Id, user.GetProperty("organizationId").GetGuid());
        Assert.EndsWith("Z", user.GetProperty("lastLoginAt").GetString(), StringComparison.Ordinal);

        var organization = user.GetProperty("organization");
        Assert.Equal(org.Id, organization.GetProperty("id").GetGuid());
        Assert.Equal($"org-{org.Id:N}", organization.GetProperty("name").GetString());
        Assert.Equal("Europe/Berlin", organization.GetProperty("timezone").GetString());
        Assert.Equal("USD", organization.GetProperty("currency").GetString());
        Assert.DoesNotContain("hash", reply.Body, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task The_token_and_the_user_stand_at_the_top_of_the_answer_too()
    {
        var org = await services.App.NewOrganization();

        var reply = (await services.App.Login(org.Owner.Email)).Expect(200);

        Assert.Equal(reply.Data.GetProperty("accessToken").GetString(), reply.Json.GetProperty("accessToken").GetString());
        Assert.Equal(reply.Data.GetProperty("user").GetRawText(), reply.Json.GetProperty("user").GetRawText());
        var me = (await new TestClient(services.App, reply.Json.GetProperty("accessToken").GetString()).Get("/auth/me")).Expect(200);
        Assert.Equal(org.Owner.Id, me.Data.GetProperty("id").GetGuid());
    }

    [Fact]
    public async Task A_wrong_password_and_an_unknown_address_get_the_same_answer()
    {
        var org = await services.App.NewOrganization();

        var wrong = (await services.App.Login(org.Owner.Email, "not the password")).Expect(401, "INVALID_CREDENTIALS");
        var unknown = (await services.App.Login($"nobody-{Guid.NewGuid():N}@example.test", "not the password")).Expect(401, "INVALID_CREDENTIALS");

        Assert.Equal(wrong.Json.GetProperty("error").GetRawText(), unknown.Json.GetProperty("error").GetRawText());
        Assert.Equal(wrong.Headers.Keys.Order(), unknown.Headers.Keys.Order());
    }

    [Fact]
    public async Task An_inactive_account_is_named_only_to_whoever_knows_its_password()
    {
        var org = await services.App.NewOrganization();
        await services.App.Sql("update users set status = 'inactive' where id = $1", org.Staff.Id);

        (await services.App.Login(org.Staff.Email, "not the password")).Expect(401, "INVALID_CREDENTIALS");
        (await services.App.Login(org.Staff.Email)).Expect(403, "ACCOUNT_INACTIVE");
    }

    [Fact]
    public async Task An_account_without_a_password_cannot_sign_in()
    {
        var org = await services.App.NewOrganization();
        await services.App.Sql("update users set password_hash = null where id = $1", org.Staff.Id);

        (await services.App.Login(org.Staff.Email)).Expect(401, "INVALID_CREDENTIALS");
        (await services.App.Login(org.Staff.Email, "a password nobody has")).Expect(401, "INVALID_CREDENTIALS");
    }

    [Fact]
    public async Task Case_and_blanks_around_the_address_do_not_matter()
    {
        var org = await services.App.NewOrganization();

        (await services.App.Login($"  {org.Owner.Email.ToUpperInvariant()} ")).Expect(200);
        (await services.App.Login(org.Owner.Email, $" {TestOrganization.Password}")).Expect(401, "INVALID_CREDENTIALS");
    }

    [Theory]
    [InlineData("""{"email":"ann@example.test"}""", "password")]
    [InlineData("""{"password":"correct horse battery"}""", "email")]
    [InlineData("""{"email":"not an address","password":"correct horse battery"}""", "email")]
    [InlineData("""{"email":5,"password":"correct horse battery"}""", "email")]
    [InlineData("{", "body")]
    public async Task A_body_that_cannot_be_a_login_names_the_field(string body, string field)
    {
        var reply = (await services.App.Anonymous.Post("/auth/login", body)).Expect(400, "VALIDATION_ERROR");
        Assert.Equal([field], reply.Fields);
    }

    [Fact]
    public async Task A_password_of_more_than_200_characters_is_refused_unread()
    {
        var org = await services.App.NewOrganization();
        Assert.Equal(["password"], (await services.App.Login(org.Owner.Email, new string('x', 201))).Expect(400, "VALIDATION_ERROR").Fields);
    }

    [Fact]
    public async Task A_token_that_has_ended_does_not_stand_in_the_way_of_signing_in_again()
    {
        var org = await services.App.NewOrganization();
        (await org.Staff.Post("/auth/logout-all")).Expect(200);

        (await org.Staff.Post("/auth/login", new { email = org.Staff.Email, password = TestOrganization.Password })).Expect(200);
    }

    [Fact]
    public async Task Sign_ins_and_failures_are_on_record_with_the_clients_address()
    {
        var org = await services.App.NewOrganization();
        var address = SignIn.NewAddress();

        (await services.App.Login(org.Owner.Email, "not the password", address)).Expect(401);
        (await services.App.Login(org.Owner.Email, from: $"198.51.100.7, {address}")).Expect(200);

        Assert.Equal(1, await Events("auth.login_failed and no actor", "action = 'auth.login_failed' and actor_id is null"));
        Assert.Equal(1, await Events("auth.login by the user", "action = 'auth.login' and actor_id = entity_id"));
        Assert.Equal(address, await services.App.Scalar<string>("select address from sessions where user_id = $1 and address is not null", org.Owner.Id));
        Assert.Equal(1, await services.App.Scalar<long>("select count(*) from users where id = $1 and last_login_at is not null", org.Owner.Id));

        Task<long> Events(string what, string where) => services.App.Scalar<long>(
            string.Create(
                CultureInfo.InvariantCulture,
                $"select count(*) from audit_events /* {what} */ where organization_id = $1 and entity_id = $2 and address = $3 and {where}"),
            org.Id, org.Owner.Id, address);
    }

    [Fact]
    public async Task Passwords_are_kept_as_slow_salted_hashes()
    {
        var org = await services.App.NewOrganization();
        const string Fine = "another fine password";
        var change = new { currentPassword = TestOrganization.Password, newPassword = Fine, confirmPassword = Fine };
        (await org.Owner.Patch("/settings/password", change)).Expect(200);
        var stored = Convert.FromBase64String(await services.App.Scalar<string>("select password_hash from users where id = $1", org.Owner.Id));

        // ASP.NET Core Identity's format 3: version, pseudo random function (2 is HMAC-SHA512), rounds, salt length.
        Assert.Equal([1, 0, 0, 0, 2], stored[..5]);
        Assert.Equal(100_000, System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(stored.AsSpan(5)));
        Assert.Equal(16, System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(stored.AsSpan(9)));
    }
}
