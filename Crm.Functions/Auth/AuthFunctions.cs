using Crm.Functions.Hosting;

namespace Crm.Functions.Auth;

public static class AuthFunctions
{
    public static void MapAuth(this IEndpointRouteBuilder app)
    {
        var auth = app.MapGroup("/auth").WithTags("Auth");
        auth.MapPost("/login", Login.Handle).PublicFunction("Login");
        auth.MapPost("/refresh", RefreshSession.Handle).PublicFunction("RefreshSession");
        auth.MapPost("/logout", Logout.Handle).Function("Logout");
        auth.MapPost("/logout-all", LogoutEverywhere.Handle).Function("LogoutEverywhere");
        auth.MapGet("/me", GetMe.Handle).Function("GetMe");
        auth.MapGet("/permissions", ShowPermissions.Handle).Function("ShowPermissions");
        auth.MapPost("/forgot-password", ForgotPassword.Handle).PublicFunction("ForgotPassword");
        auth.MapPost("/reset-password", ResetPassword.Handle).PublicFunction("ResetPassword");

        auth.MapPost("/invite", InviteUser.Handle).Function("InviteUser", Permission.InviteUsers);
        auth.MapPost("/accept-invitation", AcceptInvitation.Handle).PublicFunction("AcceptInvitation");
        auth.MapGet("/invitations", ListInvitations.Handle).Function("ListInvitations", Permission.InviteUsers);
        auth.MapGet("/invitations/{token}/preview", PreviewInvitation.Handle).PublicFunction("PreviewInvitation");
        auth.MapPost("/invitations/{id:guid}/resend", ResendInvitation.Handle).Function("ResendInvitation", Permission.InviteUsers);
        auth.MapDelete("/invitations/{id:guid}", RevokeInvitation.Handle).Function("RevokeInvitation", Permission.InviteUsers);

        app.MapGet("/users", ListUsers.Handle).WithTags("Team").Function("ListUsers", Permission.ListUsers);

        app.MapGet("/accept-invitation", AccountPages.AcceptInvitation).ExcludeFromDescription().PublicFunction("AcceptInvitationPage");
        app.MapGet("/reset-password", AccountPages.ResetPassword).ExcludeFromDescription().PublicFunction("ResetPasswordPage");
    }
}
