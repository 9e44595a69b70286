namespace Crm.Functions.Auth;

/// <summary>Says who may call a function: those whose role has the permission, as <see cref="Permissions"/> has it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class AllowAttribute(Permission permission) : Attribute, IAuthorizeData
{
    public Permission Permission { get; } = permission;

    string? IAuthorizeData.Policy { get; set; } = permission.ToString();

    string? IAuthorizeData.Roles { get; set; }

    string? IAuthorizeData.AuthenticationSchemes { get; set; }
}
