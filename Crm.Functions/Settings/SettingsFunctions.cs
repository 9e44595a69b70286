using Crm.Functions.Auth;
using Crm.Functions.Hosting;
using Crm.Functions.Settings.Team;

namespace Crm.Functions.Settings;

public static class SettingsFunctions
{
    public static void MapSettings(this IEndpointRouteBuilder app)
    {
        var settings = app.MapGroup("/settings").WithTags("Settings");
        settings.MapGet("/organization", GetOrganization.Handle).Function("GetOrganization", Permission.ReadOrganization);
        settings.MapPatch("/organization", UpdateOrganization.Handle).Function("UpdateOrganization", Permission.EditOrganization);
        settings.MapGet("/profile", GetMe.Handle).Function("GetProfile");
        settings.MapPatch("/profile", UpdateProfile.Handle).Function("UpdateProfile");
        settings.MapPatch("/password", ChangePassword.Handle).Function("ChangePassword");
        settings.MapGet("/system", ShowSystem.Handle).Function("ShowSystem", Permission.ReadSystem);

        var team = app.MapGroup("/settings/team").WithTags("Team");
        team.MapGet("", ListTeam.Handle).Function("ListTeam", Permission.ManageTeam);
        team.MapPatch("/{userId:guid}", UpdateMember.Handle).Function("UpdateTeamMember", Permission.ManageTeam);
        team.MapDelete("/{userId:guid}", RemoveMember.Handle).Function("RemoveTeamMember", Permission.ManageTeam);
    }
}
